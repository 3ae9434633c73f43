"""A message for a tenant as SES's own example sends it: only host, port, user and password are Silo's."""
import os
import smtplib
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

host, port = os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])
user, password = os.environ["SMTP_USER"], os.environ["SMTP_PASSWORD"]

msg = MIMEMultipart("alternative")
msg["Subject"] = "Amazon SES test with a tenant"
msg["From"] = "Sender <sender@example.com>"
msg["To"] = "success@simulator.amazonses.com"
msg.add_header("X-SES-TENANT", "acme")
msg.add_header("X-SES-CONFIGURATION-SET", "news")
msg.attach(MIMEText("Hello from SMTP\r\n.\r\nwith a dot", "plain"))
msg.attach(MIMEText("<html><body><h1>Hello</h1></body></html>", "html"))

server = smtplib.SMTP(host, port)
server.ehlo()
server.starttls()
server.ehlo()
server.login(user, password)
assert server.sendmail("sender@example.com", ["success@simulator.amazonses.com"], msg.as_string()) == {}
# One connection sends on; the id stands where SES has it.
server.mail("sender@example.com")
server.rcpt("success@simulator.amazonses.com")
code, text = server.data(msg.as_string())
assert code == 250 and text.startswith(b"Ok ") and len(text) > 40, (code, text)

msg.replace_header("X-SES-TENANT", "nobody")
try:
    server.sendmail("sender@example.com", ["success@simulator.amazonses.com"], msg.as_string())
    raise AssertionError("a tenant that does not exist was taken")
except smtplib.SMTPDataError as error:
    assert error.smtp_code == 554, error
server.quit()

with smtplib.SMTP_SSL(host, int(os.environ["SMTP_TLS_PORT"])) as over_tls:
    over_tls.login(user, password)
    plain = EmailMessage()
    plain["From"], plain["To"], plain["Subject"] = "sender@example.com", "success@simulator.amazonses.com", "Grüße"
    plain["X-SES-TENANT"], plain["X-SES-CONFIGURATION-SET"], plain["Bcc"] = "acme", "news", "bounce@simulator.amazonses.com"
    plain.set_content("Übung")
    assert over_tls.send_message(plain) == {}

with smtplib.SMTP(host, port) as stranger:
    try:
        stranger.login(user, "wrong")
        raise AssertionError("a wrong password was taken")
    except smtplib.SMTPAuthenticationError as error:
        assert (error.smtp_code, error.smtp_error) == (535, b"5.7.8 Authentication Credentials Invalid"), error

print("all rules hold")
