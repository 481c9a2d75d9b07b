-- What the ledger says moved at each PSP, day by day: of the day of the fact.
WITH
{part:psp_movements}
SELECT
    day,
    psp,
    currency,
    COUNT(CASE WHEN kind IN ('capture', 'late_payment') THEN 1 END) AS captures,
    CAST(SUM(CASE WHEN kind IN ('capture', 'late_payment') THEN amount ELSE 0 END) AS BIGINT) AS captured,
    COUNT(CASE WHEN kind = 'refund_paid' THEN 1 END) AS refunds,
    CAST(SUM(CASE WHEN kind IN ('refund_paid', 'refund_reversed') THEN -amount ELSE 0 END) AS BIGINT)
        AS refunded,
    COUNT(CASE WHEN kind = 'dispute_withdrawn' THEN 1 END) AS chargebacks,
    CAST(SUM(
        CASE
            WHEN kind IN ('dispute_withdrawn', 'dispute_reinstated') THEN -amount - dispute_fee
            ELSE 0
        END
    ) AS BIGINT) AS charged_back,
    CAST(SUM(amount + dispute_fee) AS BIGINT) AS net
FROM psp_movements
WHERE psp IS NOT NULL
GROUP BY day, psp, currency
ORDER BY day, psp, currency
LIMIT {limit}
