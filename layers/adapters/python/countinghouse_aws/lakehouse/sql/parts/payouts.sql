-- What the ledger says left the bank for sellers, and what of it came back, each leg once.
payouts AS (
    SELECT *
    FROM (
        SELECT
            ledger_id,
            CASE kind WHEN 'payout_paid' THEN 'seller_payout' ELSE 'payout_return' END AS category,
            reference,
            COALESCE(psp_reference, '') AS psp_reference,
            currency,
            amount,
            day,
            ROW_NUMBER() OVER (PARTITION BY ledger_id, leg ORDER BY day) AS nth
        FROM postings
        WHERE
            account_kind = 'bank'
            AND owner_id = '{psp}'
            AND kind IN ('payout_paid', 'payout_returned')
            AND day >= '{known_from}'
    ) copies
    WHERE nth = 1
)
