-- Contacts by their list's id and the address in lower case. Topics: "+name" for in and "-name" for out, with blanks between.
CREATE TABLE contacts (
    list text COLLATE "C" NOT NULL,
    folded text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    topics text NOT NULL,
    left_all boolean NOT NULL,
    attributes text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (list, folded)
);

-- Lists that are gone, whose contacts are cleared away a few at a time.
CREATE TABLE contacts_gone (
    list text COLLATE "C" PRIMARY KEY
);

-- Who wants no bulk mail of a tenant. Those of a tenant that is gone go with its suppression list.
CREATE TABLE opt_outs (
    tenant_key bigint NOT NULL,
    folded text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    message_id text COLLATE "C",
    PRIMARY KEY (tenant_key, folded)
);

CREATE FUNCTION add_contact(
    of_list text, of_folded text, of_address text, of_topics text, of_left boolean, of_attributes text, created bigint, updated bigint)
    RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO contacts VALUES (of_list, of_folded, of_address, of_topics, of_left, of_attributes, created, updated, 1) ON CONFLICT DO NOTHING;
    RETURN CASE WHEN FOUND THEN 1 ELSE 0 END;
END $$;

CREATE FUNCTION replace_contact(
    of_list text, of_folded text, of_topics text, of_left boolean, of_attributes text, updated bigint, expected bigint)
    RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contacts c SET topics = of_topics, left_all = of_left, attributes = of_attributes, updated_at = updated, version = expected + 1
        WHERE c.list = of_list AND c.folded = of_folded AND c.version = expected;
    RETURN CASE WHEN FOUND THEN 1 ELSE 0 END;
END $$;

CREATE FUNCTION delete_contact(of_list text, of_folded text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM contacts c WHERE c.list = of_list AND c.folded = of_folded;
    RETURN CASE WHEN FOUND THEN 1 ELSE 0 END;
END $$;

CREATE FUNCTION drop_contacts(of_list text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO contacts_gone VALUES (of_list) ON CONFLICT DO NOTHING;
    RETURN 1;
END $$;

CREATE FUNCTION add_opt_out(of_tenant text, of_folded text, of_address text, of_at bigint, of_message text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO opt_outs SELECT t.tenant_key, of_folded, of_address, of_at, of_message FROM tenants t WHERE t.name = of_tenant
        ON CONFLICT DO NOTHING;
    RETURN CASE WHEN FOUND THEN 1 ELSE 0 END;
END $$;

CREATE FUNCTION delete_opt_out(of_tenant text, of_folded text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM opt_outs o WHERE o.folded = of_folded AND o.tenant_key = (SELECT t.tenant_key FROM tenants t WHERE t.name = of_tenant);
    RETURN CASE WHEN FOUND THEN 1 ELSE 0 END;
END $$;
