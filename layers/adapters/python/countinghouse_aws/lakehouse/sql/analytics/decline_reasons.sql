-- Why orders created in these days were not paid, of those that failed for good; the share is of
-- the failed orders of the same PSP and method.
WITH
{part:newest_orders}
SELECT
    psp,
    method,
    failure_code,
    decline_type,
    orders,
    CAST((orders * 10000 - mod(orders * 10000, failed)) / failed AS BIGINT) AS share_bp
FROM (
    SELECT
        psp,
        method,
        failure_code,
        decline_type,
        orders,
        CAST(SUM(orders) OVER (PARTITION BY psp, method) AS BIGINT) AS failed
    FROM (
        SELECT psp, method, failure_code, decline_type, COUNT(*) AS orders
        FROM newest_orders
        WHERE status = 'failed'
        GROUP BY psp, method, failure_code, decline_type
    ) counted
) shares
ORDER BY psp, method, orders DESC, failure_code, decline_type
LIMIT {limit}
