package migrate_test

import (
	"testing"
)

// The samples are shaped like the databases that tutorials of SQLite use: a
// music store, a film rental, a trading company and a list of employees.

const musicStore = `
CREATE TABLE [Artist] ([ArtistId] INTEGER NOT NULL, [Name] NVARCHAR(120), CONSTRAINT [PK_Artist] PRIMARY KEY ([ArtistId]));
CREATE TABLE [Album] ([AlbumId] INTEGER NOT NULL, [Title] NVARCHAR(160) NOT NULL, [ArtistId] INTEGER NOT NULL, CONSTRAINT [PK_Album] PRIMARY KEY ([AlbumId]),
	FOREIGN KEY ([ArtistId]) REFERENCES [Artist] ([ArtistId]) ON DELETE NO ACTION ON UPDATE NO ACTION);
CREATE TABLE [Track] ([TrackId] INTEGER NOT NULL, [Name] NVARCHAR(200) NOT NULL, [AlbumId] INTEGER, [Milliseconds] INTEGER NOT NULL, [Bytes] INTEGER,
	[UnitPrice] NUMERIC(10,2) NOT NULL, CONSTRAINT [PK_Track] PRIMARY KEY ([TrackId]), FOREIGN KEY ([AlbumId]) REFERENCES [Album] ([AlbumId]) ON DELETE NO ACTION ON UPDATE NO ACTION);
CREATE TABLE [PlaylistTrack] ([PlaylistId] INTEGER NOT NULL, [TrackId] INTEGER NOT NULL, CONSTRAINT [PK_PlaylistTrack] PRIMARY KEY ([PlaylistId], [TrackId]),
	FOREIGN KEY ([TrackId]) REFERENCES [Track] ([TrackId]));
CREATE TABLE [Invoice] ([InvoiceId] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, [InvoiceDate] DATETIME NOT NULL, [BillingCity] NVARCHAR(40), [Total] NUMERIC(10,2) NOT NULL);
CREATE UNIQUE INDEX [IPK_Artist] ON [Artist]([ArtistId]);
CREATE INDEX [IFK_AlbumArtistId] ON [Album] ([ArtistId]);
INSERT INTO Artist VALUES (1, 'AC/DC'), (2, 'Antônio Carlos Jobim'), (3, 'Guns N'' Roses');
INSERT INTO Album VALUES (1, 'For Those About To Rock', 1), (2, 'Chill: Brazil (Disc 2)', 2);
INSERT INTO Track VALUES (1, 'T1', 1, 343719, 11170334, 0.99), (2, 'T2', NULL, 5088838, 1059546140, 1.99);
INSERT INTO PlaylistTrack VALUES (1, 1), (1, 2), (8, 1);
INSERT INTO Invoice VALUES (1, '2009-01-01 00:00:00', 'Stuttgart', 1.98), (412, '2013-12-22 00:00:00', 'Delhi', 25.86);
`

const filmRental = `
CREATE TABLE actor (actor_id numeric NOT NULL, first_name VARCHAR(45) NOT NULL, last_name VARCHAR(45) NOT NULL, last_update TIMESTAMP NOT NULL, PRIMARY KEY (actor_id));
CREATE INDEX idx_actor_last_name ON actor(last_name);
CREATE TRIGGER actor_trigger_ai AFTER INSERT ON actor BEGIN UPDATE actor SET last_update = DATETIME('NOW') WHERE rowid = new.rowid; END;
CREATE TRIGGER actor_trigger_au AFTER UPDATE ON actor BEGIN UPDATE actor SET last_update = DATETIME('NOW') WHERE rowid = new.rowid; END;
CREATE TABLE film (film_id INT NOT NULL, title VARCHAR(255) NOT NULL, description BLOB SUB_TYPE TEXT DEFAULT NULL, release_year VARCHAR(4) DEFAULT NULL, language_id SMALLINT NOT NULL,
	rental_duration SMALLINT DEFAULT 3 NOT NULL, rental_rate DECIMAL(4,2) DEFAULT 4.99 NOT NULL, rating VARCHAR(10) DEFAULT 'G', special_features VARCHAR(100) DEFAULT NULL, last_update TIMESTAMP NOT NULL,
	PRIMARY KEY (film_id), CONSTRAINT CHECK_special_features CHECK (special_features is null or special_features like '%Trailers%' or special_features like '%Commentaries%'),
	CONSTRAINT CHECK_rating CHECK (rating in ('G','PG','PG-13','R','NC-17')));
CREATE TABLE film_actor (actor_id INT NOT NULL, film_id INT NOT NULL, last_update TIMESTAMP NOT NULL, PRIMARY KEY (actor_id, film_id),
	CONSTRAINT fk_film_actor_actor FOREIGN KEY (actor_id) REFERENCES actor (actor_id) ON DELETE NO ACTION ON UPDATE CASCADE,
	CONSTRAINT fk_film_actor_film FOREIGN KEY (film_id) REFERENCES film (film_id) ON DELETE NO ACTION ON UPDATE CASCADE);
CREATE TABLE customer (customer_id INT NOT NULL, first_name VARCHAR(45) NOT NULL, last_name VARCHAR(45) NOT NULL, active CHAR(1) DEFAULT 'Y' NOT NULL, create_date TIMESTAMP NOT NULL, PRIMARY KEY (customer_id));
CREATE VIEW customer_list AS SELECT cu.customer_id AS ID, cu.first_name||' '||cu.last_name AS name, case when cu.active=1 then 'active' else '' end AS notes FROM customer AS cu;
CREATE VIEW film_list AS SELECT film.film_id AS FID, film.title AS title, film.rental_rate AS price, actor.first_name||' '||actor.last_name AS actors FROM film LEFT JOIN film_actor ON film.film_id = film_actor.film_id LEFT JOIN actor ON film_actor.actor_id = actor.actor_id;
CREATE TABLE country (country_id SMALLINT NOT NULL, country VARCHAR(50) NOT NULL, last_update TIMESTAMP, PRIMARY KEY (country_id));
CREATE TABLE city (city_id int NOT NULL, city VARCHAR(50) NOT NULL, country_id SMALLINT NOT NULL, last_update TIMESTAMP NOT NULL, PRIMARY KEY (city_id),
	CONSTRAINT fk_city_country FOREIGN KEY (country_id) REFERENCES country (country_id) ON DELETE NO ACTION ON UPDATE CASCADE);
CREATE TABLE film_category (film_id INT NOT NULL, category_id SMALLINT NOT NULL, last_update TIMESTAMP NOT NULL, PRIMARY KEY (film_id, category_id));
CREATE TRIGGER film_category_trigger_au AFTER UPDATE ON film_category BEGIN UPDATE film_category SET last_update = DATETIME('NOW') WHERE rowid = new.rowid; END;
CREATE TABLE staff (staff_id SMALLINT NOT NULL, first_name VARCHAR(45) NOT NULL, picture BLOB DEFAULT NULL, store_id INT NOT NULL, active SMALLINT DEFAULT 1 NOT NULL, PRIMARY KEY (staff_id),
	CONSTRAINT fk_staff_store FOREIGN KEY (store_id) REFERENCES store (store_id) ON DELETE NO ACTION ON UPDATE CASCADE);
CREATE TABLE store (store_id INT NOT NULL, manager_staff_id SMALLINT NOT NULL, city_id INT NOT NULL, PRIMARY KEY (store_id), CONSTRAINT fk_store_staff FOREIGN KEY (manager_staff_id) REFERENCES staff (staff_id));
CREATE TABLE payment (payment_id int NOT NULL, staff_id SMALLINT NOT NULL, amount DECIMAL(5,2) NOT NULL, payment_date TIMESTAMP NOT NULL, PRIMARY KEY (payment_id));
CREATE VIEW sales_by_store AS SELECT s.store_id, c.city||','||cy.country AS store, SUM(p.amount) AS total_sales FROM payment AS p INNER JOIN staff AS m ON p.staff_id = m.staff_id INNER JOIN store AS s ON s.manager_staff_id = m.staff_id
	INNER JOIN city AS c ON s.city_id = c.city_id INNER JOIN country AS cy ON c.country_id = cy.country_id GROUP BY s.store_id, c.city||','||cy.country;
INSERT INTO country VALUES (20, 'Canada', '2020-12-23 07:12:12'); INSERT INTO city VALUES (300, 'Lethbridge', 20, '2020-12-23 07:12:12');
INSERT INTO film_category VALUES (1, 6, '2020-12-23 07:12:12'); INSERT INTO staff VALUES (1, 'Mike', x'89504E47', 1, 1); INSERT INTO store VALUES (1, 1, 300);
INSERT INTO payment VALUES (1, 1, 2.99, '2005-05-25 11:30:37.000');
INSERT INTO actor VALUES (1, 'PENELOPE', 'DAVIS', '2020-12-23 07:12:29'), (2, 'NICK', 'WAHLBERG', '2020-12-23 07:12:29');
INSERT INTO film VALUES (1, 'ACADEMY DINOSAUR', 'A Epic Drama', '2006', 1, 6, 0.99, 'PG', 'Deleted Scenes,Trailers', '2020-12-23 07:12:31'), (2, 'ACE GOLDFINGER', 'A Astounding Epistle', '2006', 1, 3, 4.99, 'G', NULL, '2020-12-23 07:12:31');
INSERT INTO film_actor VALUES (1, 1, '2020-12-23 07:12:31'), (2, 1, '2020-12-23 07:12:31');
INSERT INTO customer VALUES (1, 'MARY', 'SMITH', '1', '2006-02-14 22:04:36.000'), (2, 'ANNA', 'HILL', '0', '2006-02-14 22:04:36.000');
`

const tradingCompany = `
CREATE TABLE [Categories] ([CategoryID] INTEGER PRIMARY KEY AUTOINCREMENT, [CategoryName] TEXT, [Description] TEXT, [Picture] BLOB);
CREATE TABLE [Products] ([ProductID] INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, [ProductName] TEXT NOT NULL, [CategoryID] INTEGER, [UnitPrice] NUMERIC DEFAULT 0, [UnitsInStock] INTEGER DEFAULT 0,
	[Discontinued] TEXT NOT NULL DEFAULT '0', CHECK ([UnitPrice]>=(0)), FOREIGN KEY ([CategoryID]) REFERENCES [Categories] ([CategoryID]) ON DELETE NO ACTION ON UPDATE NO ACTION);
CREATE TABLE [Orders] ([OrderID] INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, [CustomerID] TEXT, [OrderDate] DATETIME, [ShippedDate] DATETIME, [Freight] NUMERIC DEFAULT 0);
CREATE TABLE [Order Details] ([OrderID] INTEGER NOT NULL, [ProductID] INTEGER NOT NULL, [UnitPrice] NUMERIC NOT NULL DEFAULT 0, [Quantity] INTEGER NOT NULL DEFAULT 1, [Discount] REAL NOT NULL DEFAULT 0,
	PRIMARY KEY ("OrderID","ProductID"), CHECK ([Discount]>=(0) AND [Discount]<=(1)), CHECK ([Quantity]>(0)), FOREIGN KEY ([OrderID]) REFERENCES [Orders] ([OrderID]), FOREIGN KEY ([ProductID]) REFERENCES [Products] ([ProductID]));
CREATE VIEW [Alphabetical list of products] AS SELECT Products.*, Categories.CategoryName FROM Categories INNER JOIN Products ON Categories.CategoryID = Products.CategoryID WHERE (((Products.Discontinued)=0));
CREATE VIEW [Order Details Extended] AS SELECT "Order Details".OrderID, "Order Details".ProductID, Products.ProductName, "Order Details".Quantity,
	("Order Details".UnitPrice*"Order Details".Quantity*(1-"Order Details".Discount)) AS ExtendedPrice FROM Products JOIN [Order Details] ON Products.ProductID = "Order Details".ProductID;
CREATE VIEW [Sales by Category] AS SELECT Categories.CategoryName, Products.ProductName, Sum([Order Details Extended].ExtendedPrice) AS ProductSales FROM Categories
	JOIN Products ON Categories.CategoryID = Products.CategoryID JOIN [Order Details Extended] ON Products.ProductID = [Order Details Extended].ProductID GROUP BY Categories.CategoryName, Products.ProductName;
CREATE TABLE [Employees] ([EmployeeID] INTEGER PRIMARY KEY AUTOINCREMENT, [LastName] TEXT, [Photo] BLOB, [ReportsTo] INTEGER, FOREIGN KEY ([ReportsTo]) REFERENCES [Employees] ([EmployeeID]) ON DELETE NO ACTION ON UPDATE NO ACTION);
INSERT INTO Employees VALUES (1, 'Davolio', x'151C2F', 2), (2, 'Fuller', NULL, NULL);
CREATE VIEW [Product Sales for 2016] AS SELECT Categories.CategoryName, Products.ProductName, Sum(([Order Details].UnitPrice*Quantity*(1-Discount)/100)*100) AS ProductSales FROM Categories
	JOIN Products ON Categories.CategoryID = Products.CategoryID JOIN [Order Details] on Products.ProductID = [Order Details].ProductID JOIN [Orders] on Orders.OrderID = [Order Details].OrderID
	WHERE Orders.ShippedDate Between DATETIME('2016-01-01') And DATETIME('2016-12-31') GROUP BY Categories.CategoryName, Products.ProductName;
CREATE VIEW [Category Sales for 2016] AS SELECT [Product Sales for 2016].CategoryName, round(Sum([Product Sales for 2016].ProductSales), 2) AS CategorySales FROM [Product Sales for 2016] GROUP BY [Product Sales for 2016].CategoryName;
CREATE VIEW [Products Above Average Price] AS SELECT Products.ProductName, Products.UnitPrice FROM Products WHERE Products.UnitPrice>(SELECT AVG(UnitPrice) From Products);
CREATE VIEW [Ordered Together] AS SELECT OrderID, 'order' AS What FROM [Order Details] UNION SELECT ProductID, 'product' FROM Products ORDER BY OrderID, What;
INSERT INTO Categories VALUES (1, 'Beverages', 'Soft drinks', x'FFD8FFE0'), (2, 'Condiments', NULL, NULL);
INSERT INTO Products VALUES (1, 'Chai', 1, 18, 39, '0'), (2, 'Aniseed Syrup', 2, 10.5, 13, '1');
INSERT INTO Orders VALUES (10248, 'VINET', '2016-07-04', '2016-07-16', 32.38), (10249, 'TOMSP', '2016-07-05 10:11:12', NULL, 11.61);
INSERT INTO [Order Details] VALUES (10248, 1, 14, 12, 0.0), (10248, 2, 9.8, 10, 0.05);
`

const employees = `
CREATE TABLE employees (emp_no INT NOT NULL, birth_date DATE NOT NULL, first_name VARCHAR(14) NOT NULL, gender TEXT CHECK (gender IN ('M','F')) NOT NULL, hire_date DATE NOT NULL, PRIMARY KEY (emp_no));
CREATE TABLE departments (dept_no CHAR(4) NOT NULL, dept_name VARCHAR(40) NOT NULL, PRIMARY KEY (dept_no), UNIQUE (dept_name));
CREATE TABLE dept_emp (emp_no INT NOT NULL, dept_no CHAR(4) NOT NULL, from_date DATE NOT NULL, to_date DATE NOT NULL, FOREIGN KEY (emp_no) REFERENCES employees (emp_no) ON DELETE CASCADE,
	FOREIGN KEY (dept_no) REFERENCES departments (dept_no) ON DELETE CASCADE, PRIMARY KEY (emp_no, dept_no));
CREATE TABLE salaries (emp_no INT NOT NULL, salary INT NOT NULL, from_date DATE NOT NULL, to_date DATE NOT NULL, FOREIGN KEY (emp_no) REFERENCES employees (emp_no) ON DELETE CASCADE, PRIMARY KEY (emp_no, from_date));
CREATE VIEW dept_emp_latest_date AS SELECT emp_no, MAX(from_date) AS from_date, MAX(to_date) AS to_date FROM dept_emp GROUP BY emp_no;
CREATE VIEW current_dept_emp AS SELECT l.emp_no, dept_no, l.from_date, l.to_date FROM dept_emp d INNER JOIN dept_emp_latest_date l ON d.emp_no = l.emp_no AND d.from_date = l.from_date AND l.to_date = d.to_date;
INSERT INTO employees VALUES (10001, '1953-09-02', 'Georgi', 'M', '1986-06-26'), (10002, '1964-06-02', 'Bezalel', 'F', '1985-11-21');
INSERT INTO departments VALUES ('d009', 'Customer Service'), ('d005', 'Development');
INSERT INTO dept_emp VALUES (10001, 'd005', '1986-06-26', '9999-01-01'), (10002, 'd009', '1990-01-01', '1996-08-03'), (10002, 'd005', '1996-08-03', '9999-01-01');
INSERT INTO salaries VALUES (10001, 60117, '1986-06-26', '1987-06-26'), (10001, 62102, '1987-06-26', '1988-06-25');
`

func TestSamples(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]struct {
		sql     string
		queries []string // and then their rows
		want    []string
		left    []string
	}{
		"music store": {musicStore, []string{
			`SELECT "Name" FROM "Artist" ORDER BY "ArtistId"`, `SELECT "TrackId", "AlbumId", "Bytes", "UnitPrice" FROM "Track" ORDER BY 1`,
			`SELECT "InvoiceDate", "Total" FROM "Invoice" ORDER BY 1`, `INSERT INTO "Invoice" ("InvoiceDate", "Total") VALUES (now(), 1) RETURNING "InvoiceId"`,
			`SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated`, `SELECT count(*) FROM pg_indexes WHERE indexname IN ('IPK_Artist', 'IFK_AlbumArtistId')`},
			[]string{"AC/DC", "Antônio Carlos Jobim", "Guns N' Roses", "1|1|11170334|0.99", `2|\N|1059546140|1.99`,
				"2009-01-01 00:00:00+00|1.98", "2013-12-22 00:00:00+00|25.86", "413", "3", "2"}, nil},
		"film rental": {filmRental, []string{
			`SELECT actor_id, first_name FROM actor ORDER BY 1`, `SELECT description, rental_rate, special_features FROM film ORDER BY film_id`,
			`SELECT count(*) FROM pg_constraint WHERE contype IN ('f', 'c') AND convalidated AND connamespace = 'public'::regnamespace`, `SELECT "FID", title, price, actors FROM film_list ORDER BY 1, 4`, `SELECT * FROM customer_list ORDER BY 1`,
			`SELECT * FROM sales_by_store`, `UPDATE actor SET first_name = 'NIC' WHERE actor_id = 2`, `SELECT count(DISTINCT last_update) FROM actor`,
			`UPDATE film_category SET category_id = 7`, `SELECT category_id, last_update > now() - interval '1 hour' FROM film_category`},
			[]string{"1|PENELOPE", "2|NICK", "A Epic Drama|0.99|Deleted Scenes,Trailers", `A Astounding Epistle|4.99|\N`, "7",
				"1|ACADEMY DINOSAUR|0.99|NICK WAHLBERG", "1|ACADEMY DINOSAUR|0.99|PENELOPE DAVIS", `2|ACE GOLDFINGER|4.99|\N`, "1|MARY SMITH|active", "2|ANNA HILL|", "1|Lethbridge,Canada|2.99", "2", "7|t"},
			nil},
		"trading company": {tradingCompany, []string{
			`SELECT "Picture" FROM "Categories" ORDER BY 1`, `SELECT "OrderDate", "ShippedDate", "Freight" FROM "Orders" ORDER BY 1`, `SELECT * FROM "Order Details" ORDER BY 2`,
			`SELECT * FROM "Alphabetical list of products"`, `SELECT "ProductSales" FROM "Sales by Category" ORDER BY 1`, `INSERT INTO "Orders" ("CustomerID") VALUES ('x') RETURNING "OrderID"`,
			`SELECT * FROM "Category Sales for 2016" ORDER BY 1`, `SELECT * FROM "Products Above Average Price"`, `SELECT * FROM "Ordered Together"`, `SELECT "LastName", "Photo", "ReportsTo" FROM "Employees" ORDER BY 1`},
			[]string{`\xffd8ffe0`, `\N`, `2016-07-04 00:00:00+00|2016-07-16 00:00:00+00|32.38`, `2016-07-05 10:11:12+00|\N|11.61`, "10248|1|14|12|0", "10248|2|9.8|10|0.05",
				"1|Chai|1|18|39|0|Beverages", "93.1", "168", "10250",
				"Beverages|168", "Condiments|93.1", "Chai|18", "1|product", "2|product", "10248|order", `Davolio|\x151c2f|2`, `Fuller|\N|\N`}, nil},
		"employees": {employees, []string{
			`SELECT * FROM employees ORDER BY 1`, `SELECT * FROM current_dept_emp ORDER BY 1`, `SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND confdeltype = 'c' AND convalidated`},
			[]string{"10001|1953-09-02|Georgi|M|1986-06-26", "10002|1964-06-02|Bezalel|F|1985-11-21", "10001|d005|1986-06-26|9999-01-01", "10002|d005|1996-08-03|9999-01-01", "3"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, database(t, s.sql))
			c := move(t, o)
			if c.Rejects.Values+c.Rejects.Rows != 0 {
				t.Errorf("%+v", c.Rejects)
			}
			var left []string
			for _, l := range c.LeftOut {
				left = append(left, l.Object)
			}
			check(t, "left out", left, s.left...)
			for _, o := range c.Objects {
				if o.State != "made" {
					t.Errorf("%+v", o)
				}
			}
			var got []string
			for _, q := range s.queries {
				got = append(got, query(t, o.To, q)...)
			}
			check(t, "rows", got, s.want...)
		})
	}
}
