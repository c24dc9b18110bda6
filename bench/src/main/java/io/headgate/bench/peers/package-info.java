/** What others do for the same job, each the way its docs tell to use it. */
@NullMarked
package io.headgate.bench.peers;

import org.jspecify.annotations.NullMarked;
