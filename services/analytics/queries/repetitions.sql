-- How often events were stored more than once: what the view leaves out.
SELECT
  count(*) AS stored,
  count(DISTINCT event_id) AS events,
  count(*) - count(DISTINCT event_id) AS repetitions
FROM job_event_deliveries
