-- What clearing accounts held at the end of the last day, by age. Refunds, disputes and payouts are
-- open while their reference does not sum to zero; a movement at a PSP is while no file tells of it.
-- What is open is open however long ago it began, so the first day does not matter here.
WITH
{part:psp_movements},
{part:told_lines},
{part:clearing_items}
SELECT
    account_kind,
    currency,
    age,
    COUNT(*) AS items,
    CAST(SUM(amount) AS BIGINT) AS amount
FROM (
    SELECT
        account_kind,
        currency,
        amount,
        CASE
            WHEN since > '{day_before}' THEN '0-1'
            WHEN since > '{four_before}' THEN '1-4'
            WHEN since > '{thirty_before}' THEN '4-30'
            ELSE 'over-30'
        END AS age
    FROM open_items
) aged
GROUP BY account_kind, currency, age
ORDER BY account_kind, currency, age
LIMIT {limit}
