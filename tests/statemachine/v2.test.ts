import { testCompleteness } from './completeness.ts';
import { testSharedCases } from './shared-cases.ts';
import { openWorkflow } from './workflow.ts';

const workflow = await openWorkflow('v2');

testSharedCases(workflow);
testCompleteness(workflow);
