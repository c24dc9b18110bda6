/** What nothing can beat: the bare parts that admission is made of. */
@NullMarked
package io.headgate.bench.floor;

import org.jspecify.annotations.NullMarked;
