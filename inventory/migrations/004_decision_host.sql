-- The host that a decision's upstream stands for, so that uses through the gateway name it like those of logs.

ALTER TABLE decisions ADD COLUMN host TEXT;
