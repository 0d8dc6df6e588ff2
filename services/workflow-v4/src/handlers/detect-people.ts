export { handler } from '@happy-path/photo-tasks/detect-people';
