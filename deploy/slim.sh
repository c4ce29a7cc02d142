#!/bin/sh
# slim.sh ENVIRONMENT: leaves out of it what nothing uses at run time, and compiles the rest: the
# image's file system is read-only, so Python could not keep what it compiles at the first start.
# (Stripping libraries would save more, but breaks those that the wheels' builders have patched.)
set -eu
packages=$(echo "$1"/lib/python3*/site-packages)
find "$packages" -type d -name tests -prune -exec rm -rf {} +
find "$packages" -type f \( -name '*.pyi' -o -name '*.h' -o -name '*.pxd' -o -name '*.pyx' -o -name '*.a' \) -delete
find "$packages/statsmodels/datasets" -name '*.csv' -delete
# Zstandard's second implementation, for PyPy; Bokeh's scripts for its own developers.
rm -f "$packages"/zstandard/_cffi.*.so "$packages"/bokeh/server/static/js/compiler.js
for minified in "$packages"/bokeh/server/static/js/*.min.js; do
    rm -f "${minified%.min.js}.js"
done
# Some packages hold templates named .py that do not compile.
"$1/bin/python" -m compileall -q -j 0 --invalidation-mode unchecked-hash "$packages" > /dev/null || true
