export { handler } from '@happy-path/photo-tasks/moderate-photo';
