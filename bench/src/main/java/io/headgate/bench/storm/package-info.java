/** What submission costs while many more ask than can be served. */
@NullMarked
package io.headgate.bench.storm;

import org.jspecify.annotations.NullMarked;
