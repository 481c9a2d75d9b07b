-- The lines of PSPs' files, each once. `own_reference` is what the ledger knows the movement by: the
-- charge of a capture, the refund or dispute of a return.
told_lines AS (
    SELECT
        line_hash,
        psp,
        MAX(category) AS category,
        MAX(COALESCE(merchant_reference, '')) AS merchant_reference,
        MAX(CASE
            WHEN category = 'capture' THEN COALESCE(psp_reference, '')
            ELSE COALESCE(modification_reference, '')
        END) AS own_reference,
        MAX(currency) AS currency,
        MAX(gross) AS gross,
        MAX(fee) AS fee,
        MAX(net) AS net
    FROM settlement_lines
    WHERE psp IN ({psps}) AND day >= '{told_from}' AND day <= '{last_day}'
    GROUP BY line_hash, psp
)
