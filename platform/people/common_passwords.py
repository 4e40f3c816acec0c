"""Words that guessers try first, case folded; digits and signs around them change nothing."""

from __future__ import annotations

COMMON = frozenset(
    """
    0123456789 123123123 1234567890 123456789a 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz2wsx3edc 5201314
    a1b2c3d4 aaaaaaaaaa abc abcabc abcd abcdef abcdefgh admin administrator andrew apple april
    arsenal asdfgh asdfghjkl ashley august autumn azerty banana barcelona baseball basketball
    batman blessed business buster butterfly changeit changeme charlie cheese chelsea chocolate
    christ company computer contrasena correcthorsebatterystaple corvette crm customer daniel
    december default demo demodemo diamond dragon example facebook february ferrari flower
    football freedom friday god golden goodluck google guest harley heaven hello helloworld
    hockey hunter ilovechina iloveu iloveyou internet iphone january jennifer jessica jesus
    jordan july june juventus killer letmein letmeinnow liverpool login lovelove march master
    matthew michael microsoft mima monday monkey motdepasse mustang nothing november october
    office opensesame orange p@ssw0rd p@ssword pa$$word parola pass passphrase passw0rd password
    passwort pokemon porsche princess purple q1w2e3r4 q1w2e3r4t5 qazwsx qazwsxedc qwerty
    qwertyuiop qwertz ranger robert root sales salesforce sample samsung secret secretpassword
    senha september shadow silver soccer spiderman spring starwars summer sunshine superman
    temporary test tester testing testtest thankyou thomas tigger toor trellis trustno1 user
    wachtwoord wang123 welcome welcomehome whatever windows winter woaini woaini1314 woaiwojia
    word yamaha zhang zxcvbn zxcvbnm
    """.split()  # noqa: SIM905
)
