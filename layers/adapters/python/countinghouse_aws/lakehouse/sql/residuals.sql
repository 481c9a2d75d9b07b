-- What accounts for the balance of psp_receivable beside open breaks, when last_day is the newest day
-- that was judged; and by day what no file tells of. The balance is told from balance_from on: what
-- stood before is known. Says docs/reconciliation.md, Residuals.
WITH
{part:lines},
{part:movements},
{part:suspects},
{part:near},
{part:pairs},
{part:batch_sums},
rows_of_all AS (
    SELECT
        CASE WHEN nth > 1 THEN 'batch' ELSE side END AS side,
        CASE WHEN nth > 1 THEN 'file' || chr(9) || batch || chr(9) || currency ELSE claim END AS claim,
        category, batch, currency, amount, day,
        CASE WHEN nth > 1 THEN -1 ELSE 1 END AS found,
        CASE WHEN nth > 1 THEN -1 ELSE 1 END * gross AS gross,
        CASE WHEN nth > 1 THEN -1 ELSE 1 END * fee AS fee,
        CASE WHEN nth > 1 THEN -1 ELSE 1 END * fee_due AS fee_due,
        CASE WHEN nth > 1 THEN -1 ELSE 1 END * net AS net
    FROM paired
    WHERE nth = 1 OR side = 'theirs'
    UNION ALL
    SELECT
        'batch', 'file' || chr(9) || batch || chr(9) || currency, category, batch, currency, 0, day,
        found, gross, fee, fee_due, net
    FROM batch_sums
),
summed AS (
    SELECT
        MAX(CASE WHEN side = 'ours' THEN 1 ELSE 0 END) AS is_ours,
        MAX(CASE WHEN side = 'theirs' THEN 1 ELSE 0 END) AS is_theirs,
        MAX(CASE WHEN side = 'batch' THEN 1 ELSE 0 END) AS is_batch,
        MAX(CASE WHEN side = 'batch' THEN batch ELSE '' END) AS batch,
        MAX(CASE WHEN side = 'ours' THEN currency ELSE '' END) AS our_currency,
        MAX(CASE WHEN side <> 'ours' THEN currency ELSE '' END) AS their_currency,
        SUM(CASE WHEN side = 'ours' THEN 1 ELSE 0 END) AS movements,
        SUM(CASE WHEN side = 'ours' THEN amount ELSE 0 END) AS our_amount,
        SUM(
            CASE WHEN side = 'theirs' AND day <= '{last_day}' THEN gross - fee + fee_due ELSE 0 END
        ) AS taken_off,
        SUM(CASE WHEN side = 'batch' AND category <> 'payout' THEN found ELSE 0 END) AS found,
        SUM(
            CASE
                WHEN side <> 'batch' OR category IN ('payout', 'fee') THEN 0
                ELSE net + fee_due
            END
        ) AS batch_amount,
        MAX(day) AS day
    FROM rows_of_all
    GROUP BY claim
),
compared AS (
    SELECT
        s.*,
        MAX(CASE WHEN is_batch = 1 THEN 1 ELSE 0 END) OVER (PARTITION BY day) AS is_filed
    FROM summed s
),
settled AS (
    SELECT DISTINCT reference
    FROM postings
    WHERE
        kind = 'settlement'
        AND account_kind = 'psp_receivable'
        AND owner_id = '{psp}'
        AND day >= '{known_from}'
),
facts AS (
    SELECT
        f.fact,
        CASE WHEN f.fact IN ('unmatched', 'not_due') THEN our_currency ELSE their_currency END
            AS currency,
        CASE WHEN f.fact IN ('unmatched', 'unsettled') THEN day ELSE '' END AS day,
        CASE WHEN f.fact = 'unsettled' THEN batch ELSE '' END AS batch,
        CASE f.fact WHEN 'not_due_told' THEN 0 WHEN 'unsettled' THEN found ELSE movements END AS found,
        CASE f.fact
            WHEN 'not_due_told' THEN -taken_off
            WHEN 'unsettled' THEN batch_amount
            ELSE our_amount
        END AS amount
    FROM compared c
    CROSS JOIN (
        SELECT 'unmatched' AS fact
        UNION ALL
        SELECT 'not_due'
        UNION ALL
        SELECT 'not_due_told'
        UNION ALL
        SELECT 'unsettled'
    ) f
    LEFT JOIN settled s
        ON s.reference = 'settlement:{psp}:' || c.batch || ':' || c.their_currency
    WHERE
        (f.fact = 'unmatched' AND is_ours = 1 AND is_theirs = 0)
        OR (f.fact = 'unsettled' AND is_batch = 1 AND day <= '{last_day}' AND s.reference IS NULL)
        OR (
            f.fact IN ('not_due', 'not_due_told')
            AND is_ours = 1
            AND (is_theirs = 1 OR f.fact = 'not_due')
            AND (
                day > '{last_day}'
                OR (is_theirs = 0 AND is_filed = 0 AND day > '{overdue_day}')
            )
        )
    UNION ALL
    SELECT 'balance', currency, day, '', 1, amount
    FROM (
        SELECT ledger_id, leg, MAX(currency) AS currency, MAX(amount) AS amount, MAX(day) AS day
        FROM postings
        WHERE account_kind = 'psp_receivable' AND owner_id = '{psp}' AND day >= '{balance_from}'
        GROUP BY ledger_id, leg
    ) legs
)
SELECT
    CASE WHEN fact = 'not_due_told' THEN 'not_due' ELSE fact END AS fact,
    currency,
    day,
    batch,
    CAST(SUM(found) AS BIGINT) AS found,
    CAST(SUM(amount) AS BIGINT) AS amount
FROM facts
GROUP BY CASE WHEN fact = 'not_due_told' THEN 'not_due' ELSE fact END, currency, day, batch
ORDER BY fact, currency, day, batch
