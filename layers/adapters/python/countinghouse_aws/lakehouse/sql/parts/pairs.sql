-- Which rows answer each other. First our own reference: of an order's captures the charge that the
-- ledger knows, of one charge the lines in the ledger's currency; others stay without a counterpart.
own_1 AS (
    SELECT
        side, name, nth, category, charge, modification, own_key, file_id, line_no, batch, raw_type,
        currency, amount, gross, fee, fee_due, net, stated_in, stated, day, fee_booked,
        CASE
            WHEN order_known = 1 OR charge = '' OR charge_order = '' THEN order_ref
            ELSE charge_order
        END AS order_id,
        CASE
            WHEN checkout_id <> '' THEN checkout_id
            WHEN order_known = 1 OR charge = '' THEN order_checkout
            ELSE charge_checkout
        END AS checkout_id,
        CASE WHEN order_known = 1 OR (charge <> '' AND charge_order <> '') THEN 1 ELSE 0 END AS known,
        CASE WHEN side = 'ours' AND category <> 'capture' THEN order_charge ELSE charge END
            AS transaction_id,
        MAX(CASE WHEN side = 'ours' THEN 1 ELSE 0 END) OVER (PARTITION BY own_key)
        * MAX(CASE WHEN side = 'theirs' THEN 1 ELSE 0 END) OVER (PARTITION BY own_key) AS met,
        CASE
            WHEN side = 'theirs'
                AND category = 'capture'
                AND charge <> MAX(CASE WHEN side = 'ours' THEN charge ELSE '' END)
                    OVER (PARTITION BY own_key)
                THEN 1
            ELSE 0
        END AS other_charge,
        CASE
            WHEN side = 'theirs'
                AND currency <> MAX(CASE WHEN side = 'ours' THEN currency ELSE '' END)
                    OVER (PARTITION BY own_key)
                THEN 1
            ELSE 0
        END AS other_currency,
        CASE WHEN side = 'theirs' AND category = 'capture' THEN charge ELSE '' END AS own_charge,
        MIN(day) OVER (
            PARTITION BY
                own_key, side, CASE WHEN category = 'capture' THEN charge ELSE '' END, currency
        ) AS first_day
    FROM related
    WHERE side <> 'fee'
),
own_2 AS (
    SELECT
        o.*,
        RANK() OVER (
            PARTITION BY own_key, side
            ORDER BY
                other_charge,
                other_currency,
                CASE WHEN side = 'theirs' THEN first_day ELSE '' END,
                own_charge,
                CASE WHEN side = 'theirs' THEN currency ELSE '' END
        ) AS place
    FROM own_1 o
),
-- Then the PSP's transaction: a return that does not say which it is may be any of its charge's.
charge_1 AS (
    SELECT
        o.*,
        CASE WHEN met = 1 AND place = 1 THEN 'own' || chr(9) || own_key ELSE '' END AS claim_1,
        CASE
            WHEN met = 1 AND place = 1 THEN 'own' || chr(9) || own_key
            WHEN transaction_id = '' THEN side || chr(9) || name
            ELSE category || chr(9) || transaction_id
        END AS key_2
    FROM own_2 o
),
charge_2 AS (
    SELECT
        c.*,
        CASE
            WHEN claim_1 <> '' OR transaction_id = '' THEN 0
            WHEN side = 'ours' AND (category = 'capture' OR modification = '') THEN
                MAX(CASE WHEN side = 'theirs' THEN 1 ELSE 0 END) OVER (PARTITION BY key_2)
            WHEN side = 'ours' THEN
                MAX(CASE WHEN side = 'theirs' AND modification = '' THEN 1 ELSE 0 END)
                    OVER (PARTITION BY key_2)
            WHEN category = 'capture' OR modification = '' THEN
                MAX(CASE WHEN side = 'ours' THEN 1 ELSE 0 END) OVER (PARTITION BY key_2)
            ELSE
                MAX(CASE WHEN side = 'ours' AND modification = '' THEN 1 ELSE 0 END)
                    OVER (PARTITION BY key_2)
        END AS met_2,
        CASE
            WHEN side = 'theirs'
                AND currency <> MAX(CASE WHEN side = 'ours' THEN currency ELSE '' END)
                    OVER (PARTITION BY key_2)
                THEN 1
            ELSE 0
        END AS other_currency_2
    FROM charge_1 c
),
charge_3 AS (
    SELECT
        c.*,
        RANK() OVER (
            PARTITION BY key_2, side, met_2
            ORDER BY other_currency_2, CASE WHEN side = 'theirs' THEN currency ELSE '' END
        ) AS place_2
    FROM charge_2 c
),
-- Then the id of the capture, refund or dispute.
modification_1 AS (
    SELECT
        c.*,
        CASE
            WHEN claim_1 <> '' THEN claim_1
            WHEN met_2 = 1 AND place_2 = 1 THEN 'charge' || chr(9) || key_2
            ELSE ''
        END AS claim_2,
        CASE
            WHEN claim_1 <> '' OR (met_2 = 1 AND place_2 = 1) OR modification = ''
                THEN side || chr(9) || name
            ELSE category || chr(9) || modification
        END AS key_3
    FROM charge_3 c
),
modification_2 AS (
    SELECT
        m.*,
        MAX(CASE WHEN side = 'ours' THEN 1 ELSE 0 END) OVER (PARTITION BY key_3)
        * MAX(CASE WHEN side = 'theirs' THEN 1 ELSE 0 END) OVER (PARTITION BY key_3) AS met_3,
        CASE
            WHEN side = 'theirs'
                AND currency <> MAX(CASE WHEN side = 'ours' THEN currency ELSE '' END)
                    OVER (PARTITION BY key_3)
                THEN 1
            ELSE 0
        END AS other_currency_3
    FROM modification_1 m
),
modification_3 AS (
    SELECT
        m.*,
        RANK() OVER (
            PARTITION BY key_3, side
            ORDER BY other_currency_3, CASE WHEN side = 'theirs' THEN currency ELSE '' END
        ) AS place_3
    FROM modification_2 m
),
-- Every row with what it belongs to: what answers each other has one claim, all else one of its own.
paired AS (
    SELECT
        side, name, nth, category, order_id, checkout_id, known, transaction_id,
        modification, file_id, line_no, batch, raw_type, currency, amount, gross, fee, fee_due, net,
        stated_in, stated, day, fee_booked,
        CASE
            WHEN claim_2 <> '' THEN claim_2
            WHEN met_3 = 1 AND place_3 = 1 THEN 'modification' || chr(9) || key_3
            ELSE side || chr(9) || name
        END AS claim,
        CASE WHEN claim_2 <> '' OR (met_3 = 1 AND place_3 = 1) THEN 1 ELSE 0 END AS is_matched
    FROM modification_3
)
