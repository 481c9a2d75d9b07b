-- Everything of the suspects, and what the ledger has no journals of; `nth` above 1 is a copy. A row is
-- looked up two ways, by its order and by its charge; found by both it stands there twice and once is
-- kept. Two lookups side by side would name the suspects twice, and read all tables once more.
near AS (
    SELECT
        f.*,
        ROW_NUMBER() OVER (PARTITION BY side, name, leg ORDER BY day, file_id, line_no) AS nth
    FROM (
        SELECT
            e.*,
            way,
            MIN(way) OVER (PARTITION BY side, name, leg, day, file_id, line_no) AS first_way
        FROM (
            SELECT
                'theirs' AS side, line_hash AS name, 0 AS leg, category, order_ref, charge,
                modification, own_key, '' AS checkout_id, file_id, line_no, batch, raw_type, currency,
                said AS amount, gross, fee, fee_due, net, stated_in, stated, day
            FROM lines
            UNION ALL
            SELECT
                side, ledger_id AS name, leg, category, order_ref, charge,
                modification, own_key, checkout_id, '' AS file_id, 0 AS line_no, '' AS batch,
                '' AS raw_type, currency, amount, 0 AS gross, 0 AS fee, 0 AS fee_due, 0 AS net,
                '' AS stated_in, 0 AS stated, day
            FROM movements
        ) e
        CROSS JOIN (VALUES (0), (1)) AS ways(way)
        WHERE
            CASE way WHEN 0 THEN order_ref ELSE charge END IN (SELECT suspect FROM suspects)
            OR (order_ref = '' AND charge = '')
            OR category NOT IN ('capture', 'refund', 'refund_reversal', 'chargeback', 'chargeback_reversal')
    ) f
    WHERE way = first_way
),
-- The captures that a row may belong to, by its order and by its charge.
related AS (
    SELECT
        n.*,
        SUM(CASE WHEN side = 'fee' AND nth = 1 THEN amount ELSE 0 END)
            OVER (PARTITION BY name) AS fee_booked,
        MAX(CASE WHEN side = 'ours' AND category = 'capture' THEN 1 ELSE 0 END)
            OVER (PARTITION BY order_ref) AS order_known,
        MAX(CASE WHEN side = 'ours' AND category = 'capture' THEN charge ELSE '' END)
            OVER (PARTITION BY order_ref) AS order_charge,
        MAX(CASE WHEN side = 'ours' AND category = 'capture' THEN checkout_id ELSE '' END)
            OVER (PARTITION BY order_ref) AS order_checkout,
        MAX(CASE WHEN side = 'ours' AND category = 'capture' THEN order_ref ELSE '' END)
            OVER (PARTITION BY charge) AS charge_order,
        MAX(CASE WHEN side = 'ours' AND category = 'capture' THEN checkout_id ELSE '' END)
            OVER (PARTITION BY charge) AS charge_checkout
    FROM near n
)
