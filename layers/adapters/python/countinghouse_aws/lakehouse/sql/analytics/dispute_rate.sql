-- How much of what was paid for orders created in these days was charged back by now. An inquiry
-- takes no money, so it is not among them; what was won is, and its money in `reinstated`.
WITH
{part:newest_orders},
{part:psp_movements}
SELECT
    psp,
    method,
    currency,
    paid_orders,
    disputed_orders,
    captured,
    withdrawn,
    reinstated,
    CAST((disputed_orders * 10000 - mod(disputed_orders * 10000, paid_orders)) / paid_orders AS BIGINT)
        AS orders_bp,
    CAST((withdrawn * 10000 - mod(withdrawn * 10000, captured)) / captured AS BIGINT) AS amount_bp
FROM (
    SELECT
        o.psp,
        o.method,
        o.currency,
        COUNT(*) AS paid_orders,
        COUNT(CASE WHEN d.withdrawn > 0 THEN 1 END) AS disputed_orders,
        CAST(SUM(o.captured) AS BIGINT) AS captured,
        CAST(SUM(COALESCE(d.withdrawn, 0)) AS BIGINT) AS withdrawn,
        CAST(SUM(COALESCE(d.reinstated, 0)) AS BIGINT) AS reinstated
    FROM newest_orders o
    LEFT JOIN (
        SELECT
            order_id,
            currency,
            SUM(CASE WHEN kind = 'dispute_withdrawn' THEN -amount - dispute_fee ELSE 0 END) AS withdrawn,
            SUM(CASE WHEN kind = 'dispute_reinstated' THEN amount ELSE 0 END) AS reinstated
        FROM psp_movements
        WHERE kind IN ('dispute_withdrawn', 'dispute_reinstated')
        GROUP BY order_id, currency
    ) d
        ON d.order_id = o.order_id AND d.currency = o.currency
    WHERE o.captured > 0
    GROUP BY o.psp, o.method, o.currency
) summed
ORDER BY psp, method, currency
LIMIT {limit}
