-- What moved at PSPs, one row a journal and currency. `amount` is what it did to psp_receivable; a
-- chargeback's has the PSP's fee in it, which `dispute_fee` tells apart.
psp_movements AS (
    SELECT
        ledger_id,
        kind,
        currency,
        MAX(reference) AS order_id,
        MAX(CASE WHEN account_kind = 'psp_receivable' THEN owner_id END) AS psp,
        MAX(psp_reference) AS psp_reference,
        SUM(CASE WHEN account_kind = 'psp_receivable' THEN amount ELSE 0 END) AS amount,
        SUM(CASE WHEN account_kind = 'dispute_fee_expense' THEN amount ELSE 0 END) AS dispute_fee,
        MAX(day) AS day
    FROM (
        SELECT
            ledger_id,
            leg,
            kind,
            currency,
            MAX(account_kind) AS account_kind,
            MAX(owner_id) AS owner_id,
            MAX(reference) AS reference,
            MAX(COALESCE(psp_reference, '')) AS psp_reference,
            MAX(amount) AS amount,
            MAX(day) AS day
        FROM postings
        WHERE
            kind IN (
                'capture', 'late_payment', 'refund_paid', 'refund_reversed', 'dispute_withdrawn',
                'dispute_reinstated'
            )
            AND account_kind IN ('psp_receivable', 'dispute_fee_expense')
            AND day >= '{booked_from}'
            AND day <= '{booked_until}'
        GROUP BY ledger_id, leg, kind, currency
    ) legs
    GROUP BY ledger_id, kind, currency
)
