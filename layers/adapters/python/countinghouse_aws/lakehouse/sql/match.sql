-- What does not agree between the ledger, a PSP's files and the bank, of the days first_day to
-- last_day: the columns of domain/difference.py, in its order. Says docs/reconciliation.md.
-- Trino runs a WITH part again wherever it is named, so each is named once or twice at most.
WITH
{part:lines},
{part:movements},
{part:suspects},
{part:near},
{part:pairs},
{part:batch_sums},
{part:bank},
{part:payouts},
-- All rows, each with what it belongs to: an order's claim, a batch, a payout.
rows_of_all AS (
    SELECT
        CASE WHEN nth > 1 THEN 'batch' ELSE side END AS side,
        CASE WHEN nth > 1 THEN 'file' || chr(9) || batch || chr(9) || currency ELSE claim END AS claim,
        name,
        category,
        CASE WHEN nth > 1 THEN '' ELSE order_id END AS order_id,
        CASE WHEN nth > 1 THEN '' ELSE checkout_id END AS checkout_id,
        CASE WHEN nth > 1 THEN 0 ELSE known END AS known,
        CASE WHEN nth > 1 THEN '' ELSE transaction_id END AS transaction_id,
        CASE WHEN nth > 1 THEN '' ELSE modification END AS modification,
        file_id, line_no, batch, raw_type, currency, amount,
        CASE WHEN nth > 1 THEN -1 ELSE 1 END * gross AS gross,
        CASE WHEN nth > 1 THEN -1 ELSE 1 END * fee AS fee,
        CASE WHEN nth > 1 THEN -1 ELSE 1 END * fee_due AS fee_due,
        CASE WHEN nth > 1 THEN -1 ELSE 1 END * net AS net,
        stated_in, stated, day, fee_booked
    FROM paired
    WHERE nth = 1 OR side = 'theirs'
    UNION ALL
    SELECT
        'batch', 'file' || chr(9) || batch || chr(9) || currency,
        '', category, '', '', 0, '', '',
        file_id, 0, batch, '', currency, 0,
        gross, fee, fee_due, net,
        '', 0, day, 0
    FROM batch_sums
    UNION ALL
    SELECT
        'bank_theirs',
        CASE
            WHEN category = 'settlement' THEN 'file' || chr(9) || reference || chr(9) || currency
            WHEN category = 'other' THEN 'bank' || chr(9) || line_hash
            ELSE 'payout' || chr(9) || category || chr(9) || reference || chr(9) || currency
        END,
        line_hash, category, '', '', 0, '', reference,
        file_id, line_no, CASE WHEN category = 'settlement' THEN reference ELSE '' END, '',
        currency, amount,
        0, 0, 0, 0,
        '', 0, day, 0
    FROM bank
    UNION ALL
    SELECT
        'bank_ours', 'payout' || chr(9) || category || chr(9) || reference || chr(9) || currency,
        ledger_id, category, '', '', 0, psp_reference, reference,
        '', 0, '', '', currency, amount,
        0, 0, 0, 0,
        '', 0, day, 0
    FROM payouts
),
numbered AS (
    SELECT
        r.*,
        ROW_NUMBER() OVER (
            PARTITION BY claim, side ORDER BY day, file_id, line_no, name
        ) AS place,
        MAX(CASE WHEN side = 'bank_ours' AND category = 'seller_payout' THEN 1 ELSE 0 END)
            OVER (PARTITION BY modification, currency) AS paid
    FROM rows_of_all r
),
summed AS (
    SELECT
        MAX(CASE side WHEN 'ours' THEN 1 WHEN 'bank_ours' THEN 2 ELSE 0 END) AS our_side,
        MAX(CASE side WHEN 'theirs' THEN 1 WHEN 'bank_theirs' THEN 2 ELSE 0 END) AS their_side,
        MAX(CASE WHEN side = 'batch' THEN 1 ELSE 0 END) AS is_batch,
        MIN(CASE WHEN side IN ('ours', 'bank_ours') THEN name END) AS ledger_id,
        MAX(CASE WHEN side IN ('theirs', 'bank_theirs') AND place = 1 THEN name END) AS line_hash,
        MIN(CASE WHEN side <> 'batch' THEN category END) AS category,
        COALESCE(MIN(CASE WHEN side = 'ours' THEN order_id END), MIN(order_id)) AS order_id,
        MAX(checkout_id) AS checkout_id,
        MAX(known) AS known,
        MAX(paid) AS paid,
        COALESCE(
            NULLIF(MAX(CASE WHEN side = 'theirs' THEN transaction_id ELSE '' END), ''),
            MAX(transaction_id)
        ) AS psp_reference,
        COALESCE(
            NULLIF(MAX(CASE WHEN side IN ('theirs', 'bank_theirs') THEN modification ELSE '' END), ''),
            MAX(CASE WHEN side = 'ours' AND category = 'capture' THEN '' ELSE modification END)
        ) AS modification_reference,
        COALESCE(MAX(CASE WHEN side <> 'batch' AND place = 1 THEN file_id END), '') AS line_file,
        MAX(CASE WHEN side = 'batch' THEN file_id ELSE '' END) AS batch_file,
        MAX(CASE WHEN place = 1 THEN line_no END) AS line_no,
        MAX(CASE WHEN side = 'batch' OR place = 1 THEN batch END) AS batch,
        MAX(CASE WHEN side = 'theirs' AND place = 1 THEN raw_type ELSE '' END) AS raw_type,
        MAX(CASE WHEN side IN ('ours', 'bank_ours') THEN currency ELSE '' END) AS our_currency,
        MAX(CASE WHEN side IN ('theirs', 'bank_theirs') THEN currency ELSE '' END) AS their_currency,
        MAX(currency) AS currency,
        SUM(CASE WHEN side IN ('ours', 'bank_ours') THEN amount ELSE 0 END) AS our_amount,
        SUM(CASE WHEN side IN ('theirs', 'bank_theirs') THEN amount ELSE 0 END) AS said,
        SUM(CASE WHEN side = 'theirs' THEN gross ELSE 0 END) AS gross,
        SUM(CASE WHEN side = 'theirs' THEN fee ELSE 0 END) AS fee,
        SUM(CASE WHEN side = 'theirs' THEN fee_due ELSE 0 END) AS fee_due,
        SUM(CASE WHEN side = 'ours' THEN fee_booked ELSE 0 END) AS fee_booked,
        MAX(CASE WHEN side = 'theirs' THEN stated_in ELSE '' END) AS stated_in,
        SUM(CASE WHEN side = 'theirs' THEN stated ELSE 0 END) AS stated,
        SUM(CASE WHEN side = 'batch' AND category <> 'payout' THEN net ELSE 0 END) AS net,
        SUM(CASE WHEN side = 'batch' AND category = 'payout' THEN -net ELSE 0 END) AS paid_out,
        MAX(day) AS day,
        MAX(CASE WHEN side = 'batch' THEN day END) AS batch_day
    FROM numbered
    GROUP BY claim
),
-- What one row owes to others: a movement's file, an order's returns, a checkout's parts, and what is
-- alike among what has no counterpart.
compared AS (
    SELECT
        s.*,
        MAX(CASE WHEN is_batch = 1 THEN 1 ELSE 0 END)
            OVER (PARTITION BY COALESCE(batch_day, day)) AS is_filed,
        MAX(CASE WHEN our_side = 1 AND category = 'capture' THEN our_amount END)
            OVER (PARTITION BY order_id) AS captured,
        SUM(
            CASE
                WHEN category NOT IN ('refund', 'refund_reversal') THEN 0
                WHEN their_side = 1 AND our_currency IN ('', their_currency) THEN -gross
                ELSE -our_amount
            END
        ) OVER (PARTITION BY order_id) AS refunded,
        SUM(
            CASE
                WHEN category NOT IN ('chargeback', 'chargeback_reversal') THEN 0
                WHEN their_side = 1 AND our_currency IN ('', their_currency) THEN -gross
                ELSE -our_amount - fee_booked
            END
        ) OVER (PARTITION BY order_id) AS charged_back,
        MAX(CASE WHEN category <> 'capture' THEN day END) OVER (PARTITION BY order_id) AS returned_day,
        SUM(
            CASE
                WHEN category <> 'capture' THEN 0
                WHEN our_currency IN ('', their_currency) OR their_currency = '' THEN our_amount - said
                ELSE our_amount
            END
        ) OVER (
            PARTITION BY
                checkout_id, CASE WHEN our_currency <> '' THEN our_currency ELSE their_currency END
        ) AS apart,
        MIN(CASE WHEN our_side = 1 AND their_side = 0 THEN ledger_id END) OVER (
            PARTITION BY day, our_amount + said, our_currency || their_currency
        ) AS like_ours,
        MIN(CASE WHEN their_side = 1 AND our_side = 0 THEN line_hash END) OVER (
            PARTITION BY day, our_amount + said, our_currency || their_currency
        ) AS like_theirs
    FROM summed s
),
differing AS (
    SELECT
        c.*,
        CASE
            WHEN category IN ('refund', 'chargeback') AND refunded + charged_back > captured
                THEN refunded + charged_back - captured
            ELSE 0
        END AS returned,
        CASE
            WHEN is_batch = 1 THEN 'file'
            WHEN our_side = 2 THEN 'bank_ours'
            WHEN their_side = 2 THEN 'bank_theirs'
            WHEN their_side = 0 THEN 'ours'
            WHEN our_side = 0 THEN 'theirs'
            WHEN our_currency <> their_currency
                OR our_amount <> said
                OR (category <> 'chargeback' AND fee <> fee_due)
                THEN 'both'
            ELSE ''
        END AS sides
    FROM compared c
),
found AS (
    SELECT
        CASE
            WHEN sides IN ('ours', 'both', 'bank_ours', '') THEN 'ledger:' || ledger_id
            WHEN sides = 'theirs' THEN 'line:' || line_hash
            WHEN sides = 'bank_theirs' THEN 'bank:' || line_hash
            ELSE 'file:' || batch
        END AS anchor,
        CASE WHEN sides = '' THEN 'both' ELSE sides END AS sides,
        CASE WHEN sides = 'file' THEN 'payout' ELSE category END AS category,
        CASE
            WHEN sides = 'file' THEN batch_day
            WHEN sides = '' AND returned_day > day THEN returned_day
            ELSE day
        END AS day,
        order_id,
        checkout_id,
        CASE WHEN sides IN ('ours', 'both', 'bank_ours', '') THEN ledger_id ELSE '' END AS ledger_id,
        psp_reference,
        CASE WHEN sides = 'file' THEN '' ELSE modification_reference END AS modification_reference,
        CASE WHEN sides = 'file' THEN batch_file ELSE line_file END AS file_id,
        CASE WHEN sides = 'file' THEN 0 ELSE line_no END AS line_no,
        batch,
        CASE WHEN sides = 'file' THEN currency ELSE our_currency END AS our_currency,
        CASE
            WHEN sides <> 'file' THEN our_amount
            -- What the bank does not show comes first: that a file is torn is told of with its lines.
            WHEN said = paid_out THEN net
            ELSE paid_out
        END AS our_amount,
        CASE WHEN sides = 'file' AND said = paid_out THEN currency ELSE their_currency END
            AS their_currency,
        CASE
            WHEN sides = 'file' AND said = paid_out THEN paid_out
            WHEN their_side = 2 THEN said
            ELSE gross
        END AS their_amount,
        fee,
        fee_due AS expected_fee,
        CASE
            WHEN sides = 'bank_theirs' THEN category = 'payout_return' AND paid = 1
            WHEN sides = 'theirs' THEN known = 1
            ELSE category <> 'capture' AND known = 1
        END AS parent_known,
        CASE WHEN category = 'capture' AND checkout_id <> '' THEN apart ELSE 0 END AS checkout_open,
        returned,
        CASE
            WHEN sides = 'ours' THEN COALESCE(like_theirs, '')
            WHEN sides = 'theirs' THEN COALESCE(like_ours, '')
            ELSE ''
        END AS suggestion,
        raw_type,
        CASE WHEN sides IN ('both', 'theirs', '') THEN stated_in ELSE '' END AS original_currency,
        CASE WHEN sides IN ('both', 'theirs', '') THEN stated ELSE 0 END AS original_gross
    FROM differing
    WHERE
        sides IN ('both', 'bank_theirs')
        OR (sides = 'ours' AND (is_filed = 1 OR day <= '{overdue_day}'))
        OR (sides = 'theirs' AND category NOT IN ('fee', 'payout'))
        OR (sides = 'bank_ours' AND our_amount <> said)
        OR (sides = 'file' AND (net <> paid_out OR said <> paid_out))
        OR (sides = '' AND category = 'chargeback' AND returned > 0 AND refunded > 0 AND charged_back > 0)
)
SELECT
    anchor,
    sides,
    category,
    day,
    order_id,
    checkout_id,
    ledger_id,
    psp_reference,
    modification_reference,
    file_id,
    CAST(line_no AS BIGINT) AS line_no,
    batch,
    our_currency,
    CAST(our_amount AS BIGINT) AS our_amount,
    their_currency,
    CAST(their_amount AS BIGINT) AS their_amount,
    CAST(fee AS BIGINT) AS fee,
    CAST(expected_fee AS BIGINT) AS expected_fee,
    parent_known,
    CAST(checkout_open AS BIGINT) AS checkout_open,
    CAST(returned AS BIGINT) AS returned,
    suggestion,
    raw_type,
    original_currency,
    CAST(original_gross AS BIGINT) AS original_gross
FROM found
WHERE day >= '{first_day}' AND day <= '{last_day}'
ORDER BY day, anchor, sides, our_currency, their_currency
