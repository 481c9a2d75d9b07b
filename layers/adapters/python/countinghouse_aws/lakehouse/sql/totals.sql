-- What a PSP's batches come to, by currency, of the days first_day to last_day: their lines each once,
-- what the bank shows of it, how many have their movement. Payout rows are no lines; a fee of the
-- batch itself is what the contract says.
WITH
{part:lines},
{part:movements},
{part:suspects},
{part:near},
{part:pairs},
{part:batch_sums},
{part:bank},
rows_of_all AS (
    SELECT
        batch, currency, category, 1 AS is_line, day, found, gross, fee, fee_due, net,
        0 AS arrived,
        CASE
            WHEN category IN ('capture', 'refund', 'refund_reversal', 'chargeback', 'chargeback_reversal')
                THEN found
            ELSE 0
        END AS matched
    FROM batch_sums
    UNION ALL
    -- Copies, and what has no movement, are taken off.
    SELECT
        batch, currency, category, 1, day,
        CASE WHEN nth > 1 THEN -1 ELSE 0 END,
        CASE WHEN nth > 1 THEN -gross ELSE 0 END,
        CASE WHEN nth > 1 THEN -fee ELSE 0 END,
        CASE WHEN nth > 1 THEN -fee_due ELSE 0 END,
        CASE WHEN nth > 1 THEN -net ELSE 0 END,
        0,
        CASE
            WHEN category IN ('capture', 'refund', 'refund_reversal', 'chargeback', 'chargeback_reversal')
                THEN -1
            ELSE 0
        END
    FROM paired
    WHERE side = 'theirs' AND (nth > 1 OR is_matched = 0)
    UNION ALL
    SELECT reference, currency, category, 0, day, 0, 0, 0, 0, 0, amount, 0
    FROM bank
    WHERE category = 'settlement'
)
SELECT
    MAX(CASE WHEN is_line = 1 THEN day ELSE '' END) AS day,
    batch,
    currency,
    CAST(SUM(CASE WHEN category = 'payout' THEN 0 ELSE found END) AS BIGINT) AS lines,
    CAST(SUM(CASE WHEN category = 'payout' THEN 0 ELSE gross END) AS BIGINT) AS gross,
    CAST(SUM(CASE WHEN category = 'payout' THEN 0 ELSE fee END) AS BIGINT) AS fee,
    CAST(SUM(CASE WHEN category = 'fee' THEN -net ELSE fee_due END) AS BIGINT) AS expected_fee,
    CAST(SUM(CASE WHEN category = 'payout' THEN 0 ELSE net END) AS BIGINT) AS net,
    CAST(SUM(CASE WHEN category = 'payout' THEN -net ELSE 0 END) AS BIGINT) AS paid_out,
    CAST(SUM(arrived) AS BIGINT) AS arrived,
    CAST(SUM(matched) AS BIGINT) AS matched
FROM rows_of_all
GROUP BY batch, currency
HAVING
    MAX(CASE WHEN is_line = 1 THEN day ELSE '' END) >= '{first_day}'
    AND MAX(CASE WHEN is_line = 1 THEN day ELSE '' END) <= '{last_day}'
ORDER BY day, batch, currency
