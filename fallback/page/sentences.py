"""Every sentence that customers read and the owner did not write.

This file alone is the gettext domain ``page``: the rest of the package speaks to the
owner. After a change:

    pybabel extract -k T -o /tmp/page.pot fallback/page/sentences.py
    pybabel update -D page -i /tmp/page.pot -d fallback/locales

The law of this room: nothing here claims what we cannot know. No sentence says that
orders or payments are safe, or promises an end. Unlike the owner's messages, these are
whole sentences, with a capital letter.
"""

from fallback.core.model import Status
from fallback.core.text import T, Text

# the date. Months are words inside a date: genitive where a language has one
DATE = T("{weekday}, {day} {month} {year}")
MOMENT = T("{date}, {time} ({zone})")
WEEKDAYS = (
    T("Monday"),
    T("Tuesday"),
    T("Wednesday"),
    T("Thursday"),
    T("Friday"),
    T("Saturday"),
    T("Sunday"),
)
MONTHS = (
    T("January"),
    T("February"),
    T("March"),
    T("April"),
    T("May"),
    T("June"),
    T("July"),
    T("August"),
    T("September"),
    T("October"),
    T("November"),
    T("December"),
)

# what is the matter: the title and the first heading
UNAVAILABLE = T("Sorry, {shop} is not available right now")
PLANNED = T("{shop} is closed for planned work")
BACK = T("{shop} is open again")

# when
SINCE = T("Not available since: {moment}")
PLANNED_START = T("Planned start: {moment}")
ETA = T("We expect to be back around")
ETA_LINE = T("We expect to be back around: {moment}")
ETA_UNKNOWN = T("We do not know yet when we will be back.")
ETA_PASSED = T("We expected to be back around: {moment}. That time has passed.")
NEXT = T("Next message by: {moment}")
BACK_LINE = T("The shop works again.")
TO_THE_SHOP = T("Go to the shop")

# how to reach a human
CONTACT = T("Talk to us")
EMAIL = T("E-mail")
PHONE = T("Phone")
MAIL_SUBJECT = T("A question to {shop}")
FIND_US = T("You also find us here")

# what has been said
LOG = T("Messages, newest first")
OLDER = T("Earlier messages")
OLDER_PART = T("{shop}: earlier messages, part {number}")
CURRENT = T("The current page")
SPOKEN_ONLY = T("This part is available in {language} only.")
STATUS: dict[Status, Text] = {
    Status.INVESTIGATING: T("We are finding out what happened"),
    Status.IDENTIFIED: T("We know the cause"),
    Status.MONITORING: T("Repaired, and we keep watching"),
    Status.RESOLVED: T("Working again"),
    Status.SCHEDULED: T("Planned work"),
}

# the foot of the page
LANGUAGES = T("Languages")
IN_FULL = T("The whole page: {language}")
FEEDS = T("Follow these messages:")
HARMLESS = T("This page never asks for passwords, card numbers or payments.")
