-- What happened on each day.
SELECT
  dt AS day,
  count_if(event_type = 'JobCreated') AS created,
  count_if(event_type = 'JobSalaryUpdated') AS salary_changes,
  count_if(event_type = 'JobDeleted') AS deleted,
  count(*) AS events
FROM job_events
GROUP BY dt
ORDER BY dt
