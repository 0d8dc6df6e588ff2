export { handler } from '@happy-path/photo-tasks/check-dimensions';
