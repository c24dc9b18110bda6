/** Opens the journal's own parts to benchmarks. */
@NullMarked
package io.headgate.journal;

import org.jspecify.annotations.NullMarked;
