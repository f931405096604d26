DROP TABLE hub.erasure;
DROP TABLE hub.audit;
DROP FUNCTION hub.keep_audit;
DROP TABLE hub.sign_in_pace;
DROP TABLE hub.enter_link;
DROP TABLE hub.session;
DROP TABLE hub.person;
