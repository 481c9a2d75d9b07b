-- What PSPs kept, by the day they settled. The rate is of all fees over what was captured.
WITH
{part:told_lines}
SELECT
    psp,
    currency,
    lines,
    captures,
    captured,
    capture_fees,
    fees - capture_fees AS other_fees,
    fees,
    CASE
        WHEN captured <= 0 OR fees < 0 THEN CAST(NULL AS BIGINT)
        ELSE CAST((fees * 10000 - mod(fees * 10000, captured)) / captured AS BIGINT)
    END AS cost_bp
FROM (
    SELECT
        psp,
        currency,
        COUNT(*) AS lines,
        COUNT(CASE WHEN category = 'capture' THEN 1 END) AS captures,
        CAST(SUM(CASE WHEN category = 'capture' THEN gross ELSE 0 END) AS BIGINT) AS captured,
        CAST(SUM(CASE WHEN category = 'capture' THEN fee ELSE 0 END) AS BIGINT) AS capture_fees,
        -- A fee of the batch is a line of its own, whichever column the PSP puts it in.
        CAST(SUM(CASE WHEN category = 'fee' THEN -net ELSE fee END) AS BIGINT) AS fees
    FROM told_lines
    WHERE category <> 'payout'
    GROUP BY psp, currency
) summed
ORDER BY psp, currency
LIMIT {limit}
