// Imported first: the router reads the address as soon as it is made.
import { takeToken } from '../data/token.ts';

takeToken();
