/** Chronicle writer and reader, recovery and snapshots. Runs on the journaler's thread. */
@NullMarked
package io.headgate.journal;

import org.jspecify.annotations.NullMarked;
