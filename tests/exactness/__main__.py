from tests.exactness.matrix import main

raise SystemExit(main())
