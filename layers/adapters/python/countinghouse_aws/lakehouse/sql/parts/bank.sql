-- What the bank's statements say, each line once.
bank AS (
    SELECT *
    FROM (
        SELECT
            line_hash,
            COALESCE(file_id, '') AS file_id,
            CAST(line_no AS BIGINT) AS line_no,
            category,
            COALESCE(reference, '') AS reference,
            currency,
            amount,
            day,
            ROW_NUMBER() OVER (PARTITION BY line_hash ORDER BY day, file_id, line_no) AS nth
        FROM bank_lines
        WHERE account = '{psp}' AND day >= '{known_from}'
    ) copies
    WHERE nth = 1
)
