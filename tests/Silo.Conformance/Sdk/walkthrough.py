"""The first hour of an owner, through botocore: tenant, resources, a send, a policy, a pause, the end."""
import os
import sys

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

region, account = os.environ["SILO_REGION"], os.environ["SILO_ACCOUNT"]
client = botocore.session.get_session().create_client(
    "sesv2", region_name=region, endpoint_url=os.environ["SILO_ENDPOINT"], aws_access_key_id=os.environ["SILO_KEY_ID"],
    aws_secret_access_key=os.environ["SILO_SECRET"], config=Config(retries={"total_max_attempts": 1}))


def refused(code, status, call, **members):
    try:
        call(**members)
    except ClientError as error:
        seen = (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
        assert seen == (code, status), (seen, error)
        return error.response["Error"]["Message"]
    raise AssertionError(f"{code} was expected")


tenant = client.create_tenant(TenantName="py-acme", Tags=[{"Key": "plan", "Value": "gold"}])
assert tenant["SendingStatus"] == "ENABLED" and tenant["CreatedTimestamp"].year > 2000
client.create_email_identity(EmailIdentity="py.example")
client.create_configuration_set(ConfigurationSetName="py-set")
identity = f"arn:aws:ses:{region}:{account}:identity/py.example"
for arn in (identity, f"arn:aws:ses:{region}:{account}:configuration-set/py-set"):
    client.create_tenant_resource_association(TenantName="py-acme", ResourceArn=arn)
listed = client.list_tenant_resources(TenantName="py-acme", Filter={"RESOURCE_TYPE": "EMAIL_IDENTITY"})["TenantResources"]
assert listed == [{"ResourceType": "EMAIL_IDENTITY", "ResourceArn": identity}], listed
assert client.get_tenant(TenantName="py-acme")["Tenant"]["TenantArn"] == tenant["TenantArn"]
assert [t["TenantName"] for t in client.list_tenants(PageSize=10)["Tenants"] if t["TenantName"] == "py-acme"]

mail = dict(
    TenantName="py-acme", ConfigurationSetName="py-set", FromEmailAddress="Acme <news@py.example>",
    Destination={"ToAddresses": ["success@simulator.amazonses.com"]},
    Content={"Simple": {"Subject": {"Data": "Grüße"}, "Body": {"Text": {"Data": "Hi"}}}})
assert client.send_email(**mail)["MessageId"]

reference = dict(ReputationEntityType="RESOURCE", ReputationEntityReference=tenant["TenantArn"])
strict = f"arn:aws:ses:{region}:aws:reputation-policy/strict"
client.update_reputation_entity_policy(**reference, ReputationEntityPolicy=strict)
client.update_reputation_entity_customer_managed_status(**reference, SendingStatus="DISABLED")
entity = client.get_reputation_entity(**reference)["ReputationEntity"]
assert (entity["ReputationManagementPolicy"], entity["SendingStatusAggregate"]) == (strict, "DISABLED"), entity
text = refused("MessageRejected", 400, client.send_email, **mail)
assert text == f"Sending disabled for {tenant['TenantArn']}.", text

# The older paths of the two lists.
assert "py.example" in [i["IdentityName"] for i in client.list_email_identities(PageSize=1000)["EmailIdentities"]]
assert "py-set" in client.list_configuration_sets(PageSize=1000)["ConfigurationSets"]
assert client.get_account()["SendingEnabled"] is True
client.tag_resource(ResourceArn=tenant["TenantArn"], Tags=[{"Key": "a b", "Value": "c+d"}])
client.untag_resource(ResourceArn=tenant["TenantArn"], TagKeys=["plan", "a b"])
assert client.list_tags_for_resource(ResourceArn=tenant["TenantArn"])["Tags"] == []

refused("BadRequestException", 400, client.delete_email_identity, EmailIdentity="py.example")
client.delete_tenant(TenantName="py-acme")
client.delete_email_identity(EmailIdentity="py.example")
refused("NotFoundException", 404, client.get_tenant, TenantName="py-acme")
print("all rules hold")
sys.exit(0)
