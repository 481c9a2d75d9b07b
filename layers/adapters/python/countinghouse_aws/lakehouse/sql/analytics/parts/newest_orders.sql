-- The orders created in these days as they stand now. Every version of an order has its first day.
newest_orders AS (
    SELECT *
    FROM (
        SELECT
            order_id,
            seller_id,
            status,
            currency,
            COALESCE(captured, CAST(0 AS BIGINT)) AS captured,
            COALESCE(refunded, CAST(0 AS BIGINT)) AS refunded,
            COALESCE(disputed, CAST(0 AS BIGINT)) AS disputed,
            COALESCE(method, '') AS method,
            COALESCE(psp, '') AS psp,
            COALESCE(failure_code, '') AS failure_code,
            COALESCE(decline_type, '') AS decline_type,
            COALESCE(country, '') AS country,
            ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY version DESC) AS nth
        FROM orders
        WHERE day >= '{first_day}' AND day <= '{last_day}'
    ) versions
    WHERE nth = 1
)
