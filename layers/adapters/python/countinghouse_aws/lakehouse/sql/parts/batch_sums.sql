-- The lines' sums by batch, currency and category, copies and all: they are taken off again below.
batch_sums AS (
    SELECT
        batch,
        currency,
        category,
        MAX(day) AS day,
        MAX(file_id) AS file_id,
        COUNT(*) AS found,
        SUM(gross) AS gross,
        SUM(fee) AS fee,
        SUM(fee_due) AS fee_due,
        SUM(net) AS net
    FROM lines
    GROUP BY batch, currency, category
)
