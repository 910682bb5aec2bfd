"""Common passwords of 15 characters and more, which zxcvbn's own lists do not contain.

From django/contrib/auth/common-passwords.txt.gz of Django 5.2, under this licence:

Copyright (c) Django Software Foundation and individual contributors.
All rights reserved.

Redistribution and use in source and binary forms, with or without modification,
are permitted provided that the following conditions are met:

    1. Redistributions of source code must retain the above copyright notice,
       this list of conditions and the following disclaimer.

    2. Redistributions in binary form must reproduce the above copyright
       notice, this list of conditions and the following disclaimer in the
       documentation and/or other materials provided with the distribution.

    3. Neither the name of Django nor the names of its contributors may be used
       to endorse or promote products derived from this software without
       specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT OWNER OR CONTRIBUTORS BE LIABLE FOR
ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES
(INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES;
LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON
ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT
(INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS
SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
"""

COMMON = (
    "polniypizdec0211",
    "пїѕпїѕпїѕпїѕпїѕпїѕ",
    "yfdbufnjh10305070",
    "пїѕпїѕпїѕпїѕпїѕпїѕпїѕ",
    "пїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕ",
    "1q2w3e4r5t6y7u8i9o0p",
    "polniypizdec110211",
    "123456789987654321",
    "123456789123456789",
    "пїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕ",
    "пїѕпїѕпїѕпїѕпїѕ",
    "polniypizdec1102",
    "demon1q2w3e4r5t",
    "john!20130605at1753",
    "1q2w3e4r5t6y7u8i",
    "mega_pizdetz666",
    "пїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕ",
    "doomsayer.2.7mords.v",
    "1q2w3e4r5t6y7u8i9o",
    "friend of emily",
    "doomsayer.2.7mords.vv",
    "12345678900987654321",
    "1qaz2wsx3edc4rfv",
    "migrationschool",
    "123456789123456",
    "12345678901234567890",
    "sdf7asdf6asdg8df",
    "1234567890qwertyuiop",
    "asdfghjkl:&#39:",
    "friend of gerly",
    "inactive1996aug",
    "1234567891234567",
    "123456789qwerty",
    "qazwsxedcrfvtgb",
    "q1w2e3r4t5y6u7i8o9p0",
    "familiyafamiliya",
    "123456789101112",
    "12345678987654321",
    "neworleans12345",
    "qwerty123456789",
    "пїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕ",
    "111111111111111",
    "kartoffelpuffer",
    "lightpower12345",
    "stefangreil1983",
    "somanypickles27",
    "manchesterunited",
    "1234567890987654321",
)
