DROP TRIGGER agree_on_nobody ON hub.binding;
DROP FUNCTION hub.agree_on_nobody;
DROP TRIGGER stay_erased ON crm.delivery_point;
DROP TRIGGER stay_erased ON crm.contact;
DROP TRIGGER stay_erased ON crm.client;
DROP FUNCTION hub.stay_erased;
