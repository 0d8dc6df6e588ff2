export { handler } from '@happy-path/photo-tasks/publish-photo';
