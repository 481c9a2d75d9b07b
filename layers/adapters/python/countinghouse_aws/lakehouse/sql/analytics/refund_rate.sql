-- How much of what was paid for orders created in these days went back by now.
WITH
{part:newest_orders}
SELECT
    psp,
    method,
    currency,
    paid_orders,
    refunded_orders,
    captured,
    refunded,
    CAST((refunded_orders * 10000 - mod(refunded_orders * 10000, paid_orders)) / paid_orders AS BIGINT)
        AS orders_bp,
    CAST((refunded * 10000 - mod(refunded * 10000, captured)) / captured AS BIGINT) AS amount_bp
FROM (
    SELECT
        psp,
        method,
        currency,
        COUNT(*) AS paid_orders,
        COUNT(CASE WHEN refunded > 0 THEN 1 END) AS refunded_orders,
        CAST(SUM(captured) AS BIGINT) AS captured,
        CAST(SUM(refunded) AS BIGINT) AS refunded
    FROM newest_orders
    WHERE captured > 0
    GROUP BY psp, method, currency
) summed
ORDER BY psp, method, currency
LIMIT {limit}
