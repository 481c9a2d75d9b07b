-- The PSP's lines as they stand in the files, a copy beside its line. `own_key` is our reference:
-- category, refund or dispute (not for captures), order, or no order and the charge; no field holds a
-- tab. `said` is what is compared with a movement: gross, and of a chargeback net of its fee, as the
-- ledger books it.
-- `stated_in` and `stated` are the currency and gross before the PSP converted it, where it says that it did.
-- `fee_due` is what the contract takes of a capture, rounded half up (domain/psp_fees.py).
lines AS (
    SELECT
        line_hash,
        COALESCE(file_id, '') AS file_id,
        CAST(line_no AS BIGINT) AS line_no,
        COALESCE(batch, '') AS batch,
        category,
        COALESCE(raw_type, '') AS raw_type,
        COALESCE(merchant_reference, '') AS order_ref,
        COALESCE(psp_reference, '') AS charge,
        COALESCE(modification_reference, '') AS modification,
        category || chr(9)
        || CASE WHEN category = 'capture' THEN '' ELSE COALESCE(modification_reference, '') END
        || chr(9) || COALESCE(NULLIF(merchant_reference, ''), chr(9) || COALESCE(psp_reference, ''))
            AS own_key,
        currency,
        gross,
        fee,
        net,
        COALESCE(original_currency, '') AS stated_in,
        COALESCE(original_gross, 0) AS stated,
        CASE WHEN category = 'chargeback' THEN gross - fee ELSE gross END AS said,
        CASE
            WHEN category <> 'capture' THEN CAST(0 AS BIGINT)
            WHEN gross < 0 THEN
                -CAST((500 - gross * {per_mille} - mod(500 - gross * {per_mille}, 1000)) / 1000 AS BIGINT)
            ELSE
                CAST((500 + gross * {per_mille} - mod(500 + gross * {per_mille}, 1000)) / 1000 AS BIGINT)
                + CAST({fixed_minor} AS BIGINT)
        END AS fee_due,
        day
    FROM settlement_lines
    WHERE psp = '{psp}' AND day >= '{known_from}'
)
