-- Search: an index of trigrams over the messages' words. It keeps no copy of them (contentless),
-- and is filled behind the messages: meta.search_upto is the newest message id that it covers.

CREATE VIRTUAL TABLE search_index USING fts5 (
    body,
    content = '',
    contentless_delete = 1,
    tokenize = 'trigram'
);

INSERT INTO meta (key, value) VALUES ('search_upto', 0);
