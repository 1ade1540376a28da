from tests.bench.cost import main

raise SystemExit(main())
