// The bare application: what the others are compared with.
import { serve } from './application.mjs';
import { port } from './bare-application.mjs';

serve({ port });
