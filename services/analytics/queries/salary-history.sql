-- The five jobs whose salary changed most often, each with all its salaries.
WITH events AS (
  SELECT *, max(title) OVER (PARTITION BY job_id) AS job_title
  FROM job_events
),
salaries AS (
  SELECT *, count(*) OVER (PARTITION BY job_id) AS times
  FROM events
  WHERE salary_amount IS NOT NULL
),
most_changed AS (
  SELECT job_id
  FROM salaries
  WHERE times > 1
  GROUP BY job_id, times
  ORDER BY times DESC, job_id
  LIMIT 5
)
SELECT
  job_id AS job,
  job_title AS title,
  event_time AS since,
  salary_amount AS amount,
  salary_currency AS currency,
  salary_period AS period,
  salary_amount - lag(salary_amount) OVER (PARTITION BY job_id ORDER BY sequence) AS change
FROM salaries
WHERE job_id IN (SELECT job_id FROM most_changed)
ORDER BY times DESC, job_id, sequence
