package migrate_test

// traps is a database with everything that a loose schema lets in.
const traps = `
PRAGMA foreign_keys = OFF;
PRAGMA ignore_check_constraints = ON;
CREATE TABLE "Order" (
	id INTEGER PRIMARY KEY AUTOINCREMENT, "select" TEXT, "Mixed Case" VARCHAR(20) NOT NULL DEFAULT 'it''s', xmin INTEGER,
	placed DATETIME, due DATE, paid BOOLEAN DEFAULT 0 CHECK (paid IN (0, 1)), total DECIMAL(10,2), big UNSIGNED BIG INT,
	qty INTEGER UNSIGNED, ratio REAL, meta JSON, note TEXT, uid TEXT, raw BLOB, made TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
INSERT INTO "Order" (id, "select", "Mixed Case", xmin, placed, due, paid, total, big, qty, ratio, meta, note, uid, raw) VALUES
	(1, 'a', 'b', 1, '2026-11-23T14:51:03.343Z', '2026-11-23', 1, 12.5, 9223372036854775807, 4294967295, 0.1, '{"b":1,"a":[1.50,1e2]}', 'x', '7f1f24a4-53a2-4b0e-9f0c-1d2f3a4b5c6d', x'00ff'),
	(2, NULL, 'c', NULL, '2026-11-23 14:51:03', '2026-11-24 00:00:00', 'true', '7.25', 1.8446744073709552e19, 0, 1, '[]', '', '00000000-0000-4000-8000-000000000000', 'text'),
	(3, 'tab	quote" back\slash', 'd', 3, 1795445463343, '0000-00-00', 'yes', 1e3, -1, 'twelve', 1e308, 'null', '0007', 'ffffffff-ffff-4fff-bfff-ffffffffffff', NULL),
	(9, '', 'e', 3, 1795445463, '11/23/2026', 2, NULL, NULL, '', -0.0, '{"k":"\u0000"}', 'NULL', '11111111-1111-4111-8111-111111111111', x''),
	(10, '\N', 'f', 3, '09/05/2025 2:00 PM', NULL, 0, 99999999.99, 5, 1, 3, '[object Object]', '\\', '22222222-2222-4222-8222-222222222222', x'41'),
	(11, '\N', 'f', 3, '0000-00-00 00:00:00', NULL, 0, 0, 5, 1, 3, NULL, '\\', '32222222-2222-4222-8222-222222222222', x'41');
UPDATE sqlite_sequence SET seq = 500 WHERE name = 'Order';
CREATE TABLE empty_auto (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT);
INSERT INTO empty_auto VALUES (77, 'x'); DELETE FROM empty_auto;
CREATE TABLE never (id INTEGER PRIMARY KEY, v TEXT);
CREATE TABLE line (order_id INTEGER NOT NULL REFERENCES "Order" ON DELETE CASCADE, n INTEGER NOT NULL, what TEXT COLLATE NOCASE,
	price REAL, twice REAL GENERATED ALWAYS AS (price * 2) STORED, PRIMARY KEY (order_id, n)) WITHOUT ROWID;
INSERT INTO line (order_id, n, what, price) VALUES (1, 1, 'Apple', 1.5), (1, 2, 'pear', 2.25), (2, 1, 'fig', NULL), (4711, 1, 'lost', 3);
CREATE TABLE tag (name TEXT PRIMARY KEY COLLATE NOCASE, parent TEXT REFERENCES tag(name) ON UPDATE CASCADE, weight, UNIQUE (parent, weight));
INSERT INTO tag VALUES ('a', NULL, 1), ('b', 'a', 2.5), (NULL, 'a', 'heavy'), (NULL, NULL, x'00');
CREATE TABLE nokey (a, b TEXT); INSERT INTO nokey VALUES (1, 'x'), (1, 'x'), (1, 'x'), (NULL, NULL), (2, 'ä');
CREATE TABLE bad (id INTEGER PRIMARY KEY, t TEXT); INSERT INTO bad VALUES (1, CAST(x'fffe' AS TEXT)), (2, 'a' || char(0) || 'b'), (3, 'good'), (4, x'fffe'), (5, 'fine'), (6, 'ok');
CREATE TABLE ids (id TEXT PRIMARY KEY, at TEXT, day TEXT, doc TEXT, epoch INTEGER, jd REAL);
INSERT INTO ids VALUES ('7f1f24a4-53a2-4b0e-9f0c-1d2f3a4b5c6d', '2026-01-01T00:00:00Z', '2026-01-01', '{"a": 1}', 1795445463, 2.5), ('8f1f24a4-53a2-4b0e-9f0c-1d2f3a4b5c6d', '2026-01-01 10:00', '2026-02-28', '[1,  2]', 1795445464, 1.0);
CREATE TABLE refs (id INTEGER PRIMARY KEY, ids_id TEXT REFERENCES ids(id)); INSERT INTO refs VALUES (1, '7f1f24a4-53a2-4b0e-9f0c-1d2f3a4b5c6d'), (2, NULL);
CREATE TABLE a_table_with_a_name_that_is_much_longer_than_postgres_keeps_of_any_name_1 (id INTEGER PRIMARY KEY);
CREATE TABLE a_table_with_a_name_that_is_much_longer_than_postgres_keeps_of_any_name_2 (id INTEGER PRIMARY KEY);
CREATE VIRTUAL TABLE search USING fts5(title, body); INSERT INTO search VALUES ('one', 'two');
CREATE INDEX by_total ON "Order" (total DESC) WHERE paid = 1;
CREATE UNIQUE INDEX by_expr ON "Order" (lower("Mixed Case"), id);
CREATE VIEW paid AS SELECT o.id, o."Mixed Case" AS name, count(l.n) AS lines, sum(l.price) AS total FROM "Order" o LEFT JOIN line l ON l.order_id = o.id WHERE o.paid GROUP BY o.id, o."Mixed Case" ORDER BY o.id;
CREATE VIEW globbed AS SELECT * FROM tag WHERE name GLOB 'a*';
CREATE TRIGGER touch AFTER UPDATE OF note ON "Order" BEGIN UPDATE "Order" SET made = CURRENT_TIMESTAMP WHERE id = NEW.id; END;
CREATE TRIGGER guard BEFORE INSERT ON line WHEN NEW.price < 0 BEGIN SELECT RAISE(ABORT, 'no negative price'); END;
CREATE TRIGGER odd AFTER DELETE ON tag BEGIN INSERT OR REPLACE INTO nokey VALUES (1, 'y'); END;
`
