-- What became of each seller's orders created in these days; the largest first, by currency.
WITH
{part:newest_orders}
SELECT
    seller_id,
    currency,
    COUNT(*) AS orders,
    COUNT(CASE WHEN captured > 0 THEN 1 END) AS paid_orders,
    CAST(SUM(captured) AS BIGINT) AS captured,
    CAST(SUM(refunded) AS BIGINT) AS refunded,
    CAST(SUM(disputed) AS BIGINT) AS disputed
FROM newest_orders
GROUP BY seller_id, currency
ORDER BY currency, captured DESC, seller_id
LIMIT {limit}
