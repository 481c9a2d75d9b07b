-- Orders and charges to look at closely: those with a chargeback or with a day that is still to be
-- judged, and those with a key under which not exactly one line agrees with exactly one movement in
-- everything, be it our own key or, without one, the charge. A copy has the key of its original, so
-- what agrees is there once: a few in a thousand go on.
line_keys AS (
    SELECT
        own_key,
        COUNT(*) AS found,
        SUM(said) AS amount,
        SUM(CASE WHEN category = 'chargeback' THEN 0 ELSE fee - fee_due END) AS variance,
        MAX(currency) AS currency,
        MAX(charge) AS charge,
        MAX(day) AS day
    FROM lines
    WHERE category IN ('capture', 'refund', 'refund_reversal', 'chargeback', 'chargeback_reversal')
    GROUP BY own_key
),
movement_keys AS (
    SELECT
        own_key,
        COUNT(*) AS found,
        SUM(amount) AS amount,
        MAX(currency) AS currency,
        MAX(charge) AS charge,
        MAX(day) AS day
    FROM movements
    WHERE side = 'ours'
    GROUP BY own_key
),
unlike AS (
    SELECT
        COALESCE(l.own_key, m.own_key) AS own_key,
        COALESCE(l.charge, m.charge) AS charge,
        COALESCE(l.amount, 0) - COALESCE(m.amount, 0) AS apart,
        COALESCE(l.currency, m.currency) AS currency,
        COALESCE(l.variance, 0) AS variance,
        COALESCE(l.found, 0) AS lines_found,
        COALESCE(m.found, 0) AS movements_found,
        CASE WHEN l.day > '{judged_until}' OR m.day > '{judged_until}' THEN 1 ELSE 0 END AS is_early
    FROM line_keys l
    FULL OUTER JOIN movement_keys m ON l.own_key = m.own_key
    WHERE
        l.found IS NULL
        OR m.found IS NULL
        OR l.found <> 1
        OR m.found <> 1
        OR l.amount <> m.amount
        OR l.currency <> m.currency
        OR l.variance <> 0
        OR l.own_key LIKE 'chargeback%'
        OR l.day > '{judged_until}'
        OR m.day > '{judged_until}'
),
recharged AS (
    SELECT
        u.*,
        SUM(lines_found) OVER (PARTITION BY charge_key) AS all_lines,
        SUM(movements_found) OVER (PARTITION BY charge_key) AS all_movements,
        SUM(apart) OVER (PARTITION BY charge_key) AS all_apart,
        MIN(currency) OVER (PARTITION BY charge_key) AS least_currency,
        MAX(currency) OVER (PARTITION BY charge_key) AS most_currency,
        MAX(ABS(variance)) OVER (PARTITION BY charge_key) AS most_variance,
        MAX(is_early) OVER (PARTITION BY charge_key) AS any_early
    FROM (
        SELECT
            un.*,
            CASE
                WHEN own_key LIKE 'capture%' AND lines_found + movements_found = 1 AND charge <> ''
                    THEN 'charge' || chr(9) || charge
                ELSE own_key
            END AS charge_key
        FROM unlike un
    ) u
),
suspects AS (
    SELECT suspect
    FROM recharged
    CROSS JOIN UNNEST(ARRAY[split_part(own_key, chr(9), 3), charge]) AS keys(suspect)
    WHERE
        suspect <> ''
        AND (
            charge_key NOT LIKE 'charge' || chr(9) || '%'
            OR all_lines <> 1
            OR all_movements <> 1
            OR all_apart <> 0
            OR least_currency <> most_currency
            OR most_variance <> 0
            OR any_early = 1
        )
)
