@NullMarked
package io.headgate.replay;

import org.jspecify.annotations.NullMarked;
