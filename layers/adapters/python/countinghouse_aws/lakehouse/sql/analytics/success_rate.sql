-- What became of the orders created in these days. The rate is that of those that succeeded or
-- failed: who gave up before, and what is under way, is in neither.
WITH
{part:newest_orders}
SELECT
    psp,
    method,
    country,
    orders,
    succeeded,
    failed,
    abandoned,
    orders - succeeded - failed - abandoned AS unfinished,
    CASE
        WHEN succeeded + failed = 0 THEN CAST(NULL AS BIGINT)
        ELSE
            CAST((succeeded * 10000 - mod(succeeded * 10000, succeeded + failed))
                / (succeeded + failed) AS BIGINT)
    END AS success_bp
FROM (
    SELECT
        psp,
        method,
        country,
        COUNT(*) AS orders,
        COUNT(CASE WHEN status IN ('captured', 'partially_captured') THEN 1 END) AS succeeded,
        COUNT(CASE WHEN status IN ('failed', 'expired') THEN 1 END) AS failed,
        COUNT(CASE WHEN status IN ('cancelled', 'voided') THEN 1 END) AS abandoned
    FROM newest_orders
    GROUP BY psp, method, country
) counted
ORDER BY psp, method, country
LIMIT {limit}
