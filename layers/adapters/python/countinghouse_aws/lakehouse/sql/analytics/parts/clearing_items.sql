-- What clearing accounts hold at the end of the last day, item by item. Of refunds, disputes and
-- payouts an item is a reference whose legs do not sum to zero, since the day they last did; of a
-- PSP it is a movement that no file tells of.
clearing_legs AS (
    SELECT
        ledger_id,
        leg,
        MAX(account_kind) AS account_kind,
        MAX(account) AS account,
        MAX(reference) AS reference,
        MAX(currency) AS currency,
        MAX(amount) AS amount,
        MAX(day) AS day
    FROM postings
    WHERE
        account_kind IN ('refund_clearing', 'chargeback_suspense', 'seller_in_payout')
        AND day <= '{last_day}'
    GROUP BY ledger_id, leg
),
moved AS (
    SELECT account_kind, account, reference, currency, day, SUM(amount) AS amount
    FROM clearing_legs
    GROUP BY account_kind, account, reference, currency, day
),
held AS (
    SELECT
        account,
        reference,
        currency,
        day,
        SUM(amount) OVER (PARTITION BY account, reference, currency ORDER BY day) AS amount
    FROM moved
),
cleared AS (
    SELECT account, reference, currency, MAX(day) AS day
    FROM held
    WHERE amount = 0
    GROUP BY account, reference, currency
),
categorised AS (
    SELECT
        psp,
        currency,
        order_id,
        psp_reference,
        CASE kind
            WHEN 'capture' THEN 'capture'
            WHEN 'late_payment' THEN 'capture'
            WHEN 'refund_paid' THEN 'refund'
            WHEN 'refund_reversed' THEN 'refund_reversal'
            WHEN 'dispute_withdrawn' THEN 'chargeback'
            ELSE 'chargeback_reversal'
        END AS category,
        amount,
        day
    FROM psp_movements
    WHERE psp IS NOT NULL
),
open_items AS (
    SELECT m.account_kind, m.currency, MIN(m.day) AS since, SUM(m.amount) AS amount
    FROM moved m
    LEFT JOIN cleared c
        ON c.account = m.account AND c.reference = m.reference AND c.currency = m.currency
    WHERE c.day IS NULL OR m.day > c.day
    GROUP BY m.account_kind, m.account, m.reference, m.currency
    HAVING SUM(m.amount) <> 0
    UNION ALL
    SELECT 'psp_receivable' AS account_kind, v.currency, v.day AS since, v.amount
    FROM categorised v
    LEFT JOIN (
        SELECT DISTINCT psp, merchant_reference
        FROM told_lines
        WHERE category = 'capture' AND merchant_reference <> ''
    ) o
        ON v.category = 'capture' AND o.psp = v.psp AND o.merchant_reference = v.order_id
    LEFT JOIN (
        SELECT DISTINCT psp, category, own_reference
        FROM told_lines
        WHERE own_reference <> ''
    ) r
        ON r.psp = v.psp AND r.category = v.category AND r.own_reference = v.psp_reference
    WHERE o.psp IS NULL AND r.psp IS NULL
)
