/** jcstress tests of the lock-free gates: conservation, never above the cap, no lost give-back. */
package io.headgate.stress;
