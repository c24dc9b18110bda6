/** The command line: {@code headgate simulate} and, to come, what replays a journal. */
@NullMarked
package io.headgate.replay;

import org.jspecify.annotations.NullMarked;
