export { handler } from '@happy-path/photo-tasks/resize-photo';
