/** Headgate's own rows. */
@NullMarked
package io.headgate.bench.ours;

import org.jspecify.annotations.NullMarked;
