-- What the ledger says moved at the PSP, a copy beside its leg; `own_key` as in lines. A dispute's fee
-- (side 'fee') stands in its chargeback's amount already and is no movement.
movements AS (
    SELECT
        side,
        ledger_id,
        leg,
        category,
        order_ref,
        CASE WHEN category = 'capture' THEN modification ELSE '' END AS charge,
        modification,
        category || chr(9) || CASE WHEN category = 'capture' THEN '' ELSE modification END
        || chr(9) || order_ref AS own_key,
        checkout_id,
        currency,
        amount,
        day
    FROM (
        SELECT
            CASE WHEN account_kind = 'psp_receivable' THEN 'ours' ELSE 'fee' END AS side,
            ledger_id,
            leg,
            CASE kind
                WHEN 'capture' THEN 'capture'
                WHEN 'late_payment' THEN 'capture'
                WHEN 'refund_paid' THEN 'refund'
                WHEN 'refund_reversed' THEN 'refund_reversal'
                WHEN 'dispute_withdrawn' THEN 'chargeback'
                ELSE 'chargeback_reversal'
            END AS category,
            reference AS order_ref,
            COALESCE(psp_reference, '') AS modification,
            COALESCE(checkout_id, '') AS checkout_id,
            currency,
            amount,
            day
        FROM postings
        WHERE
            day >= '{known_from}'
            AND kind IN (
                'capture', 'late_payment', 'refund_paid', 'refund_reversed', 'dispute_withdrawn',
                'dispute_reinstated'
            )
            AND (
                (account_kind = 'psp_receivable' AND owner_id = '{psp}')
                OR (account_kind = 'dispute_fee_expense' AND kind = 'dispute_withdrawn')
            )
    ) legs
)
